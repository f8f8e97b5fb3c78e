import { sql } from 'kysely'
import { compareIds } from '#shared/kernel/ids.ts'
import { timestamp } from '#shared/protocol/timestamps.ts'
import type { Tx } from './database.ts'
import type { UserTransaction } from './user-writer.ts'

/** The last message that somebody wrote in a channel. */
export interface OwnMessage {
  readonly userId: string
  readonly channelId: string
  readonly messageId: string
}

/** Of own messages that become read states: behind an acknowledgement that is newer they change nothing. */
export const UNLESS_NEWER = sql`on conflict (user_id, channel_id) do update
  set last_message_id = excluded.last_message_id, acked_id = excluded.acked_id, mention_count = null
  where read_states.acked_id < excluded.acked_id`

/** Who writes has read what came before. */
export async function readByWriting(tx: Tx, { userId, channelId, messageId }: OwnMessage): Promise<void> {
  await sql`insert into read_states (user_id, channel_id, last_message_id, acked_id)
    values (${userId}, ${channelId}, ${messageId}, ${messageId}) ${UNLESS_NEWER}`.execute(tx)
}

export interface Ack {
  readonly channelId: string
  readonly messageId: string
  /** Everything after the message is to be unread: the one way back. */
  readonly manual: boolean
  /** Of a manual one; null: as many as there are. */
  readonly mentionCount: number | null
  /** null: as they were. */
  readonly flags: number | null
  readonly lastViewed: number | null
  /** An id of this moment. */
  readonly at: string
}

/** What is not new tells nobody. */
export async function ack(users: UserTransaction, userId: string, given: Ack): Promise<void> {
  const { tx } = users
  const { channelId: channel_id, messageId: last_message_id, manual, mentionCount: mention_count } = given
  const before = await tx
    .selectFrom('read_states')
    .selectAll()
    .where('user_id', '=', userId)
    .where('channel_id', '=', channel_id)
    .forUpdate()
    .executeTakeFirst()
  const read = before?.last_message_id ?? '0'
  if (!manual && compareIds(last_message_id, read) < 0) return
  const flags = given.flags ?? before?.flags ?? 0
  const last_viewed = given.lastViewed ?? before?.last_viewed ?? null
  if (
    last_message_id === read &&
    mention_count === before?.mention_count &&
    flags === before.flags &&
    last_viewed === before.last_viewed
  )
    return
  const version = users.version(userId) + 1
  const own = before?.acked_id ?? '0'
  const row = {
    last_message_id,
    mention_count,
    flags,
    last_viewed,
    version: String(version),
    acked_id: manual ? given.at : compareIds(own, last_message_id) > 0 ? own : last_message_id,
  }
  await tx
    .insertInto('read_states')
    .values({ user_id: userId, channel_id, ...row })
    .onConflict((on) => on.columns(['user_id', 'channel_id']).doUpdateSet(row))
    .execute()
  await users.emit(userId, 'MESSAGE_ACK', {
    channel_id,
    message_id: last_message_id,
    version,
    ...(manual ? { manual } : {}),
    ...(mention_count === null ? {} : { mention_count }),
    ...(given.flags === null ? {} : { flags }),
    ...(given.lastViewed === null ? {} : { last_viewed }),
  })
}

/** @param at ms since the Unix epoch */
export async function ackPins(
  users: UserTransaction,
  userId: string,
  channelId: string,
  at: number,
): Promise<void> {
  const version = users.version(userId) + 1
  const row = { last_pin_timestamp: new Date(at), version: String(version) }
  await users.tx
    .insertInto('read_states')
    .values({ user_id: userId, channel_id: channelId, ...row })
    .onConflict((on) => on.columns(['user_id', 'channel_id']).doUpdateSet(row))
    .execute()
  await users.emit(userId, 'CHANNEL_PINS_ACK', { channel_id: channelId, timestamp: timestamp(at), version })
}
