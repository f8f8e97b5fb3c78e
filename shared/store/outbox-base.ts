import { sql } from 'kysely'
import type { Position } from '#shared/kernel/ids.ts'
import type { Aggregate } from '#shared/protocol/subjects.ts'
import type { Db } from './database.ts'

const TABLE = { guild: 'guilds', conversation: 'channels', user: 'users' } as const

/**
 * The version an aggregate had at a position when the log no longer has any of its events: rows that are not in
 * the log yet, or came after the position, do not count. 0: it did not exist.
 */
export async function versionBefore(db: Db, { kind, id }: Aggregate, position: Position): Promise<number> {
  const { rows } = await sql<{ version: string | null }>`
    select coalesce(
      (select min(version) - 1 from outbox
       where aggregate_kind = ${kind} and aggregate_id = ${id} and (position is null or position > ${position})),
      (select version from ${sql.table(TABLE[kind])} where id = ${id})) as version`.execute(db)
  return Number(rows[0]?.version ?? 0)
}
