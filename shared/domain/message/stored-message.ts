import type { User } from '#shared/domain/user/user.ts'

export interface Attachment {
  readonly id: string
  readonly filename: string
  readonly size: number
  readonly content_type: string
  readonly description?: string
  readonly width?: number
  readonly height?: number
}

export interface MessageReference {
  readonly type: number
  readonly message_id: string
  readonly channel_id: string
  readonly guild_id?: string
}

/** Of a message's flags, those that mean something here. */
export const MessageFlag = {
  SUPPRESS_EMBEDS: 1 << 2,
  SUPPRESS_NOTIFICATIONS: 1 << 12,
  HAS_SNAPSHOT: 1 << 14,
} as const

export const ReferenceType = { DEFAULT: 0, FORWARD: 1 } as const

/** A message as it was when somebody forwarded it; its files are those of the channel that the reference names. */
export interface MessageSnapshot {
  readonly message: Pick<
    StoredMessage,
    | 'type'
    | 'content'
    | 'mentions'
    | 'mention_roles'
    | 'attachments'
    | 'embeds'
    | 'timestamp'
    | 'edited_timestamp'
    | 'flags'
    | 'components'
  >
}

export interface ReactionCount {
  /** Emoji key: the unicode characters, or `name:id`, or `a:name:id`. */
  readonly emoji: string
  readonly count: number
  readonly me: boolean
}

/** A message as the timeline keeps it: the wire's fields, but attachments without links (they expire). */
export interface StoredMessage {
  readonly id: string
  readonly channel_id: string
  readonly guild_id?: string
  readonly author: User
  readonly type: number
  readonly content: string
  readonly timestamp: string
  readonly edited_timestamp: string | null
  readonly tts: boolean
  readonly mention_everyone: boolean
  readonly mentions: readonly User[]
  readonly mention_roles: readonly string[]
  readonly attachments: readonly Attachment[]
  readonly embeds: readonly unknown[]
  readonly flags: number
  readonly components: readonly unknown[]
  readonly nonce?: string | number
  readonly message_reference?: MessageReference
  /** Of replies: what they replied to, as it was then. */
  readonly referenced_message?: { readonly author: { readonly id: string } }
  /** Of forwards: one. */
  readonly message_snapshots?: readonly MessageSnapshot[]
  readonly reactions: readonly ReactionCount[]
}

export const MessageType = {
  DEFAULT: 0,
  RECIPIENT_ADD: 1,
  RECIPIENT_REMOVE: 2,
  CHANNEL_NAME_CHANGE: 4,
  CHANNEL_ICON_CHANGE: 5,
  PINNED: 6,
  JOIN: 7,
  REPLY: 19,
} as const

/** Written by the server about what somebody did: only its own deletion changes it. */
export const isSystemMessage = (type: number): boolean =>
  type !== MessageType.DEFAULT && type !== MessageType.REPLY

/** What people wrote may go, and notices of pins and of joining; what was done in a group stays. */
export const isDeletable = (type: number): boolean =>
  !isSystemMessage(type) || type === MessageType.PINNED || type === MessageType.JOIN

/** Fields of a message that an edit may change: everything else is as it was created. */
export type MessageEdit = Partial<
  Pick<
    StoredMessage,
    | 'content'
    | 'edited_timestamp'
    | 'embeds'
    | 'attachments'
    | 'flags'
    | 'mentions'
    | 'mention_roles'
    | 'mention_everyone'
  >
>
