import type { ConversationChange } from '#shared/domain/conversation/conversation-state.ts'
import type { AuditEntry } from '#shared/domain/guild/audit-log.ts'
import type { GuildChange } from '#shared/domain/guild/guild-state.ts'
import type { OwnUser } from '#shared/domain/user/user.ts'

/** What a change of a message touches: the fields with their new wire values. */
export type MessageDelta = Readonly<Record<string, unknown>>

interface AboutMessage {
  readonly channel_id: string
  readonly message_id: string
}

/** A deletion by somebody else than the author: its entry in the guild's audit log, which the indexer makes. */
interface Audited {
  readonly audit?: AuditEntry
}

interface Reaction extends AboutMessage {
  readonly user_id: string
  /** Emoji key: the unicode characters, or `name:id`, or `a:name:id`. */
  readonly emoji: string
}

export interface UserChange {
  readonly kind: 'user'
  readonly id: string
  readonly value: OwnUser | null
}

/** A relational event is one link of its aggregate's chain. */
export interface Relational<C> {
  readonly version: number
  readonly changes: readonly C[]
  /** Membership and moderation events: the user they are about. */
  readonly user_id?: string
  /** Invite and pin events: the channel they are about. */
  readonly channel_id?: string
}

type GuildFacts = Relational<GuildChange>

/**
 * The closed catalogue of what the log may hold: for each type the facts that travel beside the wire JSON `d`.
 * A consumer stops at a (type, schema) that is not here rather than skip it [LOG-9].
 */
export interface EventFacts {
  MESSAGE_CREATE: AboutMessage & {
    readonly author_id: string
    /** Users that the message notifies: they see its content without the MESSAGE_CONTENT intent. */
    readonly mentions: readonly string[]
  }
  MESSAGE_UPDATE: AboutMessage & {
    readonly author_id: string
    readonly mentions: readonly string[]
    readonly delta: MessageDelta
    /** Of a reply: who wrote what it replies to. */
    readonly replied_to_user_id?: string
  }
  /** silent: part of a bulk deletion, which is dispatched as one. */
  MESSAGE_DELETE: AboutMessage & Audited & { readonly silent?: true }
  MESSAGE_DELETE_BULK: Audited & { readonly channel_id: string; readonly ids: readonly string[] }
  MESSAGE_REACTION_ADD: Reaction
  MESSAGE_REACTION_REMOVE: Reaction
  MESSAGE_REACTION_REMOVE_ALL: AboutMessage
  MESSAGE_REACTION_REMOVE_EMOJI: AboutMessage & { readonly emoji: string }

  GUILD_CREATE: GuildFacts
  GUILD_UPDATE: GuildFacts
  GUILD_DELETE: GuildFacts
  GUILD_ROLE_CREATE: GuildFacts
  GUILD_ROLE_UPDATE: GuildFacts
  GUILD_ROLE_DELETE: GuildFacts
  CHANNEL_CREATE: Relational<GuildChange | ConversationChange>
  CHANNEL_UPDATE: Relational<GuildChange | ConversationChange>
  CHANNEL_DELETE: Relational<GuildChange | ConversationChange>
  /** Of group conversations. */
  CHANNEL_RECIPIENT_ADD: Relational<ConversationChange>
  CHANNEL_RECIPIENT_REMOVE: Relational<ConversationChange>
  CHANNEL_PINS_UPDATE: Relational<GuildChange | ConversationChange>
  GUILD_MEMBER_ADD: GuildFacts
  GUILD_MEMBER_UPDATE: GuildFacts
  GUILD_MEMBER_REMOVE: GuildFacts
  GUILD_BAN_ADD: GuildFacts
  GUILD_BAN_REMOVE: GuildFacts
  GUILD_EMOJIS_UPDATE: GuildFacts
  GUILD_AUDIT_LOG_ENTRY_CREATE: GuildFacts
  INVITE_CREATE: GuildFacts
  INVITE_DELETE: GuildFacts
  USER_UPDATE: Relational<UserChange>
  USER_SETTINGS_UPDATE: Relational<never>
  USER_GUILD_SETTINGS_UPDATE: Relational<never>
  USER_NOTE_UPDATE: Relational<never>
  RELATIONSHIP_ADD: Relational<never>
  RELATIONSHIP_REMOVE: Relational<never>
  MESSAGE_ACK: Relational<never>
  CHANNEL_PINS_ACK: Relational<never>
}

export type EventType = keyof EventFacts

/** The schema version in which each type is written, and the only one that is read. */
export const SCHEMAS: Readonly<Record<EventType, number>> = {
  MESSAGE_CREATE: 1,
  MESSAGE_UPDATE: 1,
  MESSAGE_DELETE: 1,
  MESSAGE_DELETE_BULK: 1,
  MESSAGE_REACTION_ADD: 1,
  MESSAGE_REACTION_REMOVE: 1,
  MESSAGE_REACTION_REMOVE_ALL: 1,
  MESSAGE_REACTION_REMOVE_EMOJI: 1,
  GUILD_CREATE: 1,
  GUILD_UPDATE: 1,
  GUILD_DELETE: 1,
  GUILD_ROLE_CREATE: 1,
  GUILD_ROLE_UPDATE: 1,
  GUILD_ROLE_DELETE: 1,
  CHANNEL_CREATE: 1,
  CHANNEL_UPDATE: 1,
  CHANNEL_DELETE: 1,
  CHANNEL_RECIPIENT_ADD: 1,
  CHANNEL_RECIPIENT_REMOVE: 1,
  CHANNEL_PINS_UPDATE: 1,
  GUILD_MEMBER_ADD: 1,
  GUILD_MEMBER_UPDATE: 1,
  GUILD_MEMBER_REMOVE: 1,
  GUILD_BAN_ADD: 1,
  GUILD_BAN_REMOVE: 1,
  GUILD_EMOJIS_UPDATE: 1,
  GUILD_AUDIT_LOG_ENTRY_CREATE: 1,
  INVITE_CREATE: 1,
  INVITE_DELETE: 1,
  USER_UPDATE: 1,
  USER_SETTINGS_UPDATE: 1,
  USER_GUILD_SETTINGS_UPDATE: 1,
  USER_NOTE_UPDATE: 1,
  RELATIONSHIP_ADD: 1,
  RELATIONSHIP_REMOVE: 1,
  MESSAGE_ACK: 1,
  CHANNEL_PINS_ACK: 1,
}

/** An event as it is appended: `d` is the wire-ready JSON of the dispatch, empty when there is none of its own. */
export type NewEvent = {
  [T in EventType]: {
    readonly subject: string
    readonly type: T
    readonly schema: number
    readonly facts: EventFacts[T]
    readonly d: string
  }
}[EventType]

/** Of an event in the outbox, where nothing else is set: well below the megabyte that NATS takes by itself. */
export const MOST_EVENT_BYTES = 900_000

/** What an event has as text, in UTF-8. */
export const bytesOf = (facts: string, d: string): number => Buffer.byteLength(facts) + Buffer.byteLength(d)

/** Is the pair one that this build understands? */
export const isKnownEvent = (type: string, schema: number): type is EventType =>
  Object.hasOwn(SCHEMAS, type) && SCHEMAS[type as EventType] === schema
