import type { GatewayEvent } from './gateway-events.ts'

/** Which events a session asks for, as bits of Identify's `intents`. All fit into 32-bit arithmetic. */
export const Intent = {
  GUILDS: 1 << 0,
  GUILD_MEMBERS: 1 << 1,
  GUILD_MODERATION: 1 << 2,
  GUILD_EXPRESSIONS: 1 << 3,
  GUILD_INTEGRATIONS: 1 << 4,
  GUILD_WEBHOOKS: 1 << 5,
  GUILD_INVITES: 1 << 6,
  GUILD_VOICE_STATES: 1 << 7,
  GUILD_PRESENCES: 1 << 8,
  GUILD_MESSAGES: 1 << 9,
  GUILD_MESSAGE_REACTIONS: 1 << 10,
  GUILD_MESSAGE_TYPING: 1 << 11,
  DIRECT_MESSAGES: 1 << 12,
  DIRECT_MESSAGE_REACTIONS: 1 << 13,
  DIRECT_MESSAGE_TYPING: 1 << 14,
  MESSAGE_CONTENT: 1 << 15,
  GUILD_SCHEDULED_EVENTS: 1 << 16,
  AUTO_MODERATION_CONFIGURATION: 1 << 20,
  AUTO_MODERATION_EXECUTION: 1 << 21,
  GUILD_MESSAGE_POLLS: 1 << 24,
  DIRECT_MESSAGE_POLLS: 1 << 25,
} as const

/** A bit outside these is answered with 4013. */
export const KNOWN_INTENTS: number = Object.values(Intent).reduce((all: number, bit) => all | bit, 0)

/** Intents that an application must have enabled; otherwise 4014. */
export const PRIVILEGED_INTENTS: number =
  Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES | Intent.MESSAGE_CONTENT

interface Needs {
  readonly guild: number
  readonly direct: number
}

const NONE: Needs = { guild: 0, direct: 0 }
const STRUCTURE: Needs = { guild: Intent.GUILDS, direct: 0 }
const CHANNEL: Needs = { guild: Intent.GUILDS, direct: Intent.DIRECT_MESSAGES }
const DIRECT: Needs = { guild: 0, direct: Intent.DIRECT_MESSAGES }
const MEMBER: Needs = { guild: Intent.GUILD_MEMBERS, direct: 0 }
const MODERATION: Needs = { guild: Intent.GUILD_MODERATION, direct: 0 }
const EXPRESSIONS: Needs = { guild: Intent.GUILD_EXPRESSIONS, direct: 0 }
const MESSAGE: Needs = { guild: Intent.GUILD_MESSAGES, direct: Intent.DIRECT_MESSAGES }
const REACTION: Needs = { guild: Intent.GUILD_MESSAGE_REACTIONS, direct: Intent.DIRECT_MESSAGE_REACTIONS }
const TYPING: Needs = { guild: Intent.GUILD_MESSAGE_TYPING, direct: Intent.DIRECT_MESSAGE_TYPING }
const PRESENCE: Needs = { guild: Intent.GUILD_PRESENCES, direct: 0 }
const INVITE: Needs = { guild: Intent.GUILD_INVITES, direct: 0 }

const NEEDS: Readonly<Record<GatewayEvent, Needs>> = {
  READY: NONE,
  RESUMED: NONE,
  GUILD_CREATE: STRUCTURE,
  GUILD_UPDATE: STRUCTURE,
  GUILD_DELETE: STRUCTURE,
  GUILD_ROLE_CREATE: STRUCTURE,
  GUILD_ROLE_UPDATE: STRUCTURE,
  GUILD_ROLE_DELETE: STRUCTURE,
  GUILD_MEMBER_ADD: MEMBER,
  GUILD_MEMBER_UPDATE: MEMBER,
  GUILD_MEMBER_REMOVE: MEMBER,
  GUILD_BAN_ADD: MODERATION,
  GUILD_BAN_REMOVE: MODERATION,
  GUILD_EMOJIS_UPDATE: EXPRESSIONS,
  GUILD_AUDIT_LOG_ENTRY_CREATE: MODERATION,
  GUILD_MEMBERS_CHUNK: NONE,
  CHANNEL_CREATE: CHANNEL,
  CHANNEL_UPDATE: CHANNEL,
  CHANNEL_DELETE: CHANNEL,
  CHANNEL_RECIPIENT_ADD: DIRECT,
  CHANNEL_RECIPIENT_REMOVE: DIRECT,
  CHANNEL_PINS_UPDATE: CHANNEL,
  MESSAGE_CREATE: MESSAGE,
  MESSAGE_UPDATE: MESSAGE,
  MESSAGE_DELETE: MESSAGE,
  MESSAGE_DELETE_BULK: MESSAGE,
  MESSAGE_REACTION_ADD: REACTION,
  MESSAGE_REACTION_REMOVE: REACTION,
  MESSAGE_REACTION_REMOVE_ALL: REACTION,
  MESSAGE_REACTION_REMOVE_EMOJI: REACTION,
  TYPING_START: TYPING,
  PRESENCE_UPDATE: PRESENCE,
  SESSIONS_REPLACE: NONE,
  USER_UPDATE: NONE,
  USER_SETTINGS_UPDATE: NONE,
  USER_GUILD_SETTINGS_UPDATE: NONE,
  USER_NOTE_UPDATE: NONE,
  RELATIONSHIP_ADD: NONE,
  RELATIONSHIP_REMOVE: NONE,
  MESSAGE_ACK: NONE,
  CHANNEL_PINS_ACK: NONE,
  INVITE_CREATE: INVITE,
  INVITE_DELETE: INVITE,
  RATE_LIMITED: NONE,
}

/**
 * The one intent a session needs to be sent this event, or 0, so that `(intents & need) === need` decides.
 * A member's own GUILD_MEMBER_UPDATE needs none; the caller knows whose it is.
 */
export const intentOf = (event: GatewayEvent, inGuild: boolean): number =>
  inGuild ? NEEDS[event].guild : NEEDS[event].direct
