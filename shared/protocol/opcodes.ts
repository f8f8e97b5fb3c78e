/** Gateway opcodes, by Discord's names. Numbers are never reused. */
export const Opcode = {
  DISPATCH: 0,
  HEARTBEAT: 1,
  IDENTIFY: 2,
  PRESENCE_UPDATE: 3,
  VOICE_STATE_UPDATE: 4,
  RESUME: 6,
  RECONNECT: 7,
  REQUEST_GUILD_MEMBERS: 8,
  INVALID_SESSION: 9,
  HELLO: 10,
  HEARTBEAT_ACK: 11,
  GUILD_SUBSCRIPTIONS: 14,
  REQUEST_SOUNDBOARD_SOUNDS: 31,
  GUILD_SUBSCRIPTIONS_BULK: 37,
  REQUEST_CHANNEL_INFO: 43,
} as const

export type Opcode = (typeof Opcode)[keyof typeof Opcode]
