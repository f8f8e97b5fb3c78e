import { asPosition, type Position } from '#shared/kernel/ids.ts'
import type { Db } from './database.ts'

/** How far the log may be purged for the outbox's sake: an event whose row is not marked must stay. */
export async function purgeableUpTo(
  db: Db,
  positionAt: (ms: number) => Promise<Position>,
): Promise<Position> {
  const { oldest } = await db
    .selectFrom('outbox')
    .select((on) => on.fn.min('created_at').as('oldest'))
    .where('position', 'is', null)
    .executeTakeFirstOrThrow()
  return oldest ? positionAt(new Date(oldest).getTime()) : asPosition(Number.MAX_SAFE_INTEGER)
}

/** Rows whose events have left the log can no longer be asked for: no cursor is that old. */
export async function purgeOutbox(db: Db, upTo: Position): Promise<void> {
  await db.deleteFrom('outbox').where('position', '<=', String(upTo)).execute()
}

export async function countUnappended(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('outbox')
    .select((on) => on.fn.countAll<string>().as('count'))
    .where('position', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(count)
}
