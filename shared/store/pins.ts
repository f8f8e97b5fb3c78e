import type { Kysely } from 'kysely'
import type { DB } from '#db/generated-types.ts'
import type { Db, Tx } from './database.ts'

export const MOST_PINS = 250

export interface Pin {
  readonly messageId: string
  /** ms since the Unix epoch; no two of a channel are equal. */
  readonly pinnedAt: number
}

/** A channel's pins, newest first. Messages that were deleted since may be among them. */
export async function readPins(
  db: Kysely<DB>,
  channelId: string,
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<Pin[]> {
  let query = db.selectFrom('pins').selectAll().where('channel_id', '=', channelId)
  if (before !== undefined) query = query.where('pinned_at', '<', new Date(before))
  const rows = await query.orderBy('pinned_at', 'desc').limit(limit).execute()
  return rows.map((row) => ({ messageId: row.message_id, pinnedAt: row.pinned_at.getTime() }))
}

/** The ids of those that are pinned. */
export async function readPinned(
  db: Db,
  messages: readonly { readonly id: string; readonly channel_id: string }[],
): Promise<ReadonlySet<string>> {
  if (messages.length === 0) return new Set()
  const rows = await db
    .selectFrom('pins')
    .select('message_id')
    .where('channel_id', 'in', [...new Set(messages.map((message) => message.channel_id))])
    .where(
      'message_id',
      'in',
      messages.map((message) => message.id),
    )
    .execute()
  return new Set(rows.map((row) => row.message_id))
}

/** The ids of all that is pinned in some channels. Messages that were deleted since may be among them. */
export async function readPinsOf(db: Db, channelIds: readonly string[]): Promise<string[]> {
  if (channelIds.length === 0) return []
  const rows = await db
    .selectFrom('pins')
    .select('message_id')
    .where('channel_id', 'in', channelIds)
    .execute()
  return rows.map((row) => row.message_id)
}

/** Under the lock of the channel's guild or conversation, which is what makes the limit exact. */
export async function addPin(
  tx: Tx,
  channelId: string,
  { messageId, pinnedAt }: Pin,
): Promise<'added' | 'there' | 'full'> {
  const pins = await readPins(tx, channelId, { limit: MOST_PINS })
  if (pins.some((pin) => pin.messageId === messageId)) return 'there'
  if (pins.length >= MOST_PINS) return 'full'
  await tx
    .insertInto('pins')
    .values({ channel_id: channelId, message_id: messageId, pinned_at: new Date(pinnedAt) })
    .execute()
  return 'added'
}

/** @returns how many of the messages were pinned */
export async function removePins(
  db: Kysely<DB>,
  channelId: string,
  messageIds: readonly string[],
): Promise<number> {
  if (messageIds.length === 0) return 0
  const rows = await db
    .deleteFrom('pins')
    .where('channel_id', '=', channelId)
    .where('message_id', 'in', [...messageIds])
    .returning('message_id')
    .execute()
  return rows.length
}
