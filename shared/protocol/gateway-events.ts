/** Dispatches made from log events: each takes the session's next `s`, and RESUME replays them. */
export const DURABLE_EVENTS = [
  'READY',
  'GUILD_CREATE',
  'GUILD_UPDATE',
  /** Ephemeral when it says `unavailable: true`: a lost partition is not an event of the log. */
  'GUILD_DELETE',
  'GUILD_ROLE_CREATE',
  'GUILD_ROLE_UPDATE',
  'GUILD_ROLE_DELETE',
  'GUILD_MEMBER_ADD',
  'GUILD_MEMBER_UPDATE',
  'GUILD_MEMBER_REMOVE',
  'GUILD_BAN_ADD',
  'GUILD_BAN_REMOVE',
  'GUILD_EMOJIS_UPDATE',
  'GUILD_AUDIT_LOG_ENTRY_CREATE',
  'CHANNEL_CREATE',
  'CHANNEL_UPDATE',
  'CHANNEL_DELETE',
  'CHANNEL_RECIPIENT_ADD',
  'CHANNEL_RECIPIENT_REMOVE',
  'CHANNEL_PINS_UPDATE',
  'MESSAGE_CREATE',
  'MESSAGE_UPDATE',
  'MESSAGE_DELETE',
  'MESSAGE_DELETE_BULK',
  'MESSAGE_REACTION_ADD',
  'MESSAGE_REACTION_REMOVE',
  'MESSAGE_REACTION_REMOVE_ALL',
  'MESSAGE_REACTION_REMOVE_EMOJI',
  'USER_UPDATE',
  'USER_SETTINGS_UPDATE',
  'USER_GUILD_SETTINGS_UPDATE',
  'USER_NOTE_UPDATE',
  'RELATIONSHIP_ADD',
  'RELATIONSHIP_REMOVE',
  'MESSAGE_ACK',
  'CHANNEL_PINS_ACK',
  'INVITE_CREATE',
  'INVITE_DELETE',
] as const

/** Dispatches that repeat the last `s` and are never replayed. */
export const EPHEMERAL_EVENTS = [
  'RESUMED',
  'GUILD_MEMBERS_CHUNK',
  'TYPING_START',
  'PRESENCE_UPDATE',
  'SESSIONS_REPLACE',
  'RATE_LIMITED',
] as const

export const GATEWAY_EVENTS = [...DURABLE_EVENTS, ...EPHEMERAL_EVENTS] as const

export type DurableEvent = (typeof DURABLE_EVENTS)[number]
export type EphemeralEvent = (typeof EPHEMERAL_EVENTS)[number]
export type GatewayEvent = (typeof GATEWAY_EVENTS)[number]
