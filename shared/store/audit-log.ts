import type { Kysely, Selectable } from 'kysely'
import type { AuditLog, DB } from '#db/generated-types.ts'
import type { AuditEntry } from '#shared/domain/guild/audit-log.ts'
import { firstIdAt } from '#shared/kernel/ids.ts'
import type { Db, Tx } from './database.ts'

/** As long as Discord keeps them. */
const KEPT_MS = 45 * 24 * 3_600_000

/** false: the entry was there already. */
export async function insertAuditEntry(tx: Tx, guildId: string, entry: AuditEntry): Promise<boolean> {
  const inserted = await tx
    .insertInto('audit_log')
    .values({
      id: entry.id,
      guild_id: guildId,
      user_id: entry.user_id,
      target_id: entry.target_id,
      action_type: entry.action_type,
      changes: JSON.stringify(entry.changes ?? []),
      options: entry.options ? JSON.stringify(entry.options) : null,
      reason: entry.reason ?? null,
    })
    .onConflict((on) => on.doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted !== undefined
}

export interface AuditQuery {
  readonly userId?: string | undefined
  readonly targetId?: string | undefined
  readonly actionType?: number | undefined
  readonly before?: string | undefined
  readonly after?: string | undefined
  readonly limit: number
}

/** Newest first; after an entry those next to it, oldest first. */
export async function readAuditLog(
  db: Kysely<DB>,
  guildId: string,
  { userId, targetId, actionType, before, after, limit }: AuditQuery,
): Promise<AuditEntry[]> {
  let query = db.selectFrom('audit_log').selectAll().where('guild_id', '=', guildId)
  if (userId !== undefined) query = query.where('user_id', '=', userId)
  if (targetId !== undefined) query = query.where('target_id', '=', targetId)
  if (actionType !== undefined) query = query.where('action_type', '=', actionType)
  if (before !== undefined) query = query.where('id', '<', before)
  if (after !== undefined) query = query.where('id', '>', after)
  const ascending = after !== undefined && before === undefined
  const rows = await query
    .orderBy('id', ascending ? 'asc' : 'desc')
    .limit(limit)
    .execute()
  return rows.map(fromRow)
}

const fromRow = (row: Selectable<AuditLog>): AuditEntry => ({
  id: row.id,
  user_id: row.user_id,
  target_id: row.target_id,
  action_type: row.action_type as AuditEntry['action_type'],
  changes: JSON.parse(row.changes),
  ...(row.options === null ? {} : { options: JSON.parse(row.options) }),
  reason: row.reason ?? undefined,
})

/** Entries that are too old. @param now ms since the Unix epoch */
export async function expireAuditLog(db: Db, now: number): Promise<void> {
  await db
    .deleteFrom('audit_log')
    .where('id', '<', firstIdAt(Math.floor(now) - KEPT_MS))
    .execute()
}
