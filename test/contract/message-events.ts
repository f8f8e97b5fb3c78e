import type { StoredMessage } from '#shared/domain/message/stored-message.ts'
import { asPosition, asSnowflake } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import { type EventFacts, type EventType, type MessageDelta, SCHEMAS } from '#shared/protocol/events.ts'
import { messageSubject, subjectOf } from '#shared/protocol/subjects.ts'

export interface Place {
  readonly channel: string
  readonly message: string
}

const GUILD = { kind: 'guild', id: asSnowflake('77') } as const

let ids = 1_000_000n
/** Grows, so that messages are in the order in which their ids were taken. */
export const freshId = (): string => String(++ids << 22n)
export const freshPlace = (channel = freshId()): Place => ({ channel, message: freshId() })

/** Events as the projections take them. Positions are said by the test: any order is allowed. */
export function create(
  position: number,
  place: Place,
  content = 'hello',
  author = '5',
  more: Partial<StoredMessage> = {},
): LogEvent {
  const d = { ...messageAt(place, content, author), ...more }
  return made(position, 'MESSAGE_CREATE', { ...about(place), author_id: author, mentions: [] }, d)
}

export function edit(position: number, place: Place, delta: MessageDelta, author = '5'): LogEvent {
  const { referenced_message: repliedTo, ...changed } = delta as Partial<StoredMessage>
  const replied_to_user_id = repliedTo?.author.id
  const whole = { ...messageAt(place, 'hello', author), ...changed }
  const facts = {
    ...about(place),
    author_id: author,
    mentions: [],
    delta,
    ...(replied_to_user_id && { replied_to_user_id }),
  }
  return made(position, 'MESSAGE_UPDATE', facts, whole)
}

/** A message without anything but its words. */
export const messageAt = ({ channel, message }: Place, content: string, author: string) => ({
  id: message,
  channel_id: channel,
  guild_id: GUILD.id,
  author: { id: author, username: `user ${author}` } as StoredMessage['author'],
  type: 0,
  content,
  edited_timestamp: null,
  mention_everyone: false,
  mentions: [],
  mention_roles: [],
  attachments: [],
  embeds: [],
  flags: 0,
})

export const remove = (position: number, place: Place): LogEvent =>
  made(position, 'MESSAGE_DELETE', about(place))

export const removeBulk = (position: number, channel: string, ids: readonly string[]): LogEvent =>
  made(position, 'MESSAGE_DELETE_BULK', { channel_id: channel, ids })

export const react = (position: number, place: Place, user: string, emoji: string): LogEvent =>
  made(position, 'MESSAGE_REACTION_ADD', { ...about(place), user_id: user, emoji })

export const unreact = (position: number, place: Place, user: string, emoji: string): LogEvent =>
  made(position, 'MESSAGE_REACTION_REMOVE', { ...about(place), user_id: user, emoji })

export const clearReactions = (position: number, place: Place): LogEvent =>
  made(position, 'MESSAGE_REACTION_REMOVE_ALL', about(place))

export const clearEmoji = (position: number, place: Place, emoji: string): LogEvent =>
  made(position, 'MESSAGE_REACTION_REMOVE_EMOJI', { ...about(place), emoji })

/** An event that is no message's. */
export const renameGuild = (position: number): LogEvent =>
  made(position, 'GUILD_UPDATE', { version: 2, changes: [] })

const about = ({ channel, message }: Place) => ({ channel_id: channel, message_id: message })

function made<T extends EventType>(
  position: number,
  type: T,
  facts: EventFacts[T],
  d: unknown = facts,
): LogEvent {
  const changed =
    type !== 'MESSAGE_CREATE' && 'message_id' in facts ? (facts.message_id as string) : undefined
  return {
    position: asPosition(position),
    subject: changed === undefined ? subjectOf(GUILD) : messageSubject(GUILD, changed),
    type,
    schema: SCHEMAS[type],
    facts,
    d: JSON.stringify(d),
  } as LogEvent
}
