import { sql } from 'kysely'
import { asPosition, compareIds, firstIdAt, type Position } from '#shared/kernel/ids.ts'
import type { Db, Tx } from './database.ts'
import { type OwnMessage, UNLESS_NEWER } from './read-states.ts'

/** Mentions are listed and counted for so long. */
const KEPT_MS = 90 * 24 * 3_600_000

export interface Mention {
  readonly message_id: string
  /** A user, a role, or a guild or a conversation for everybody in it. */
  readonly target_id: string
  readonly channel_id: string
  readonly author_id: string
  /** Of the message in the log. */
  readonly position: Position
}

/** A part of the log; everything up to `from` has been applied. */
export interface Stretch {
  readonly from: Position
  readonly upTo: Position
}

/**
 * Applies each stretch of the log once: its mark moves in the same transaction. Mentions can so be rows that come and
 * go, whoever else applies the same events and wherever he is killed.
 * @param apply what follows the position; it moves the mark
 * @returns false: not everything up to `from` has been applied, and the caller has to begin again
 */
export async function applyOnce(
  db: Db,
  { from, upTo }: Stretch,
  apply: (tx: Tx, after: Position) => Promise<void>,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const after = await lockMark(tx)
    if (after < from) return false
    if (after < upTo) await apply(tx, after)
    return true
  })
}

async function lockMark(tx: Tx): Promise<Position> {
  const mark = await tx
    .selectFrom('projections')
    .select('position')
    .where('name', '=', 'mentions')
    .forUpdate()
    .executeTakeFirst()
  if (mark) return asPosition(mark.position)
  await tx
    .insertInto('projections')
    .values({ name: 'mentions' })
    .onConflict((on) => on.doNothing())
    .execute()
  return lockMark(tx)
}

/**
 * Adds what messages bring and moves the mark over them, in one statement: most stretches need no other. Who writes has
 * read what came before, unless he acknowledged something newer.
 * @returns false: the mark is not at `from`, and nothing is done
 */
export async function addMentions(
  db: Db,
  { from, upTo }: Stretch,
  { mentions, own }: { readonly mentions: readonly Mention[]; readonly own: readonly OwnMessage[] },
): Promise<boolean> {
  const mention = (name: keyof Mention) => mentions.map((each) => String(each[name]))
  // In one order, so that two at once wait for each other in one direction only.
  const written = [...own].sort(
    (a, b) => compareIds(a.userId, b.userId) || compareIds(a.channelId, b.channelId),
  )
  const { rows } = await sql`
    with moved as (
      update projections set position = ${upTo} where name = 'mentions' and position = ${from} returning name
    ), told as (
      insert into mentions (message_id, target_id, channel_id, author_id, position)
      select told.*
      from moved, unnest(${mention('message_id')}::bigint[], ${mention('target_id')}::bigint[],
        ${mention('channel_id')}::bigint[], ${mention('author_id')}::bigint[], ${mention('position')}::bigint[]) as told
      on conflict do nothing
    ), own as (
      insert into read_states (user_id, channel_id, last_message_id, acked_id)
      select user_id, channel_id, message_id, message_id
      from moved, unnest(${written.map(({ userId }) => userId)}::bigint[],
        ${written.map(({ channelId }) => channelId)}::bigint[],
        ${written.map(({ messageId }) => messageId)}::bigint[]) as own (user_id, channel_id, message_id)
      ${UNLESS_NEWER}
    )
    select from moved`.execute(db)
  return rows.length === 1
}

/** Of a message: all but those of `targets`. */
export async function keepMentions(tx: Tx, messageId: string, targets: readonly string[]): Promise<void> {
  await sql`delete from mentions where message_id = ${messageId} and target_id <> all(${targets}::bigint[])`.execute(
    tx,
  )
}

export async function removeMentions(tx: Tx, messageIds: readonly string[]): Promise<void> {
  if (messageIds.length === 0) return
  await tx
    .deleteFrom('mentions')
    .where('message_id', 'in', [...messageIds])
    .execute()
}

/** Those that are too old. @param now ms since the Unix epoch */
export async function expireMentions(db: Db, now: number): Promise<void> {
  await db
    .deleteFrom('mentions')
    .where('message_id', '<', firstIdAt(Math.floor(now) - KEPT_MS))
    .execute()
}

export interface MentionQuery {
  readonly before: string
  readonly limit: number
  readonly guildId: string | null
  /** Those of his roles, too. */
  readonly roles: boolean
  /** Those of everybody, too. */
  readonly everyone: boolean
  readonly withoutChannels: readonly string[]
}

/** The messages of others that have mentioned a user since he joined, newest first. Conversations count when they name him. */
export async function readMentions(
  db: Db,
  userId: string,
  { before, limit, guildId, roles, everyone, withoutChannels }: MentionQuery,
): Promise<{ readonly messageId: string; readonly channelId: string }[]> {
  const { rows } = await sql<{ message_id: string; channel_id: string }>`
    select distinct n.message_id, n.channel_id
    from mentions n join channels c on c.id = n.channel_id
      left join members m on m.guild_id = c.guild_id and m.user_id = ${userId}
    where n.target_id in (
        select ${userId}::bigint
        union all select unnest(roles) from members where user_id = ${userId} and ${roles}
        union all select guild_id from members where user_id = ${userId} and ${everyone})
      and n.message_id < ${before} and n.author_id <> ${userId}
      and (n.message_id > snowflake_at(m.joined_at) or c.guild_id is null)
      and (c.guild_id = ${guildId}::bigint or ${guildId}::bigint is null)
      and n.channel_id <> all(${withoutChannels}::bigint[])
    order by n.message_id desc limit ${limit}`.execute(db)
  return rows.map((row) => ({ messageId: row.message_id, channelId: row.channel_id }))
}
