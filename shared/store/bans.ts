import type { Kysely } from 'kysely'
import type { DB } from '#db/generated-types.ts'
import type { User } from '#shared/domain/user/user.ts'
import type { Tx } from './database.ts'
import { USER_COLUMNS, userFromRow } from './entity-rows.ts'

/*
 * Bans are rows beside a guild's state: no session needs to have them in memory, and what decides by them reads them
 * under the guild's lock.
 */

export interface Ban {
  readonly user: User
  readonly reason: string | null
}

export async function isBanned(tx: Tx, guildId: string, userId: string): Promise<boolean> {
  const ban = await tx
    .selectFrom('bans')
    .select('user_id')
    .where('guild_id', '=', guildId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return ban !== undefined
}

/** In the order of users' ids: those after one, or the last ones before one. */
export async function readBans(
  db: Kysely<DB>,
  guildId: string,
  { userId, before, after, limit }: { userId?: string; before?: string; after?: string; limit: number },
): Promise<Ban[]> {
  let query = db
    .selectFrom('bans')
    .innerJoin('users', 'users.id', 'bans.user_id')
    .select([...USER_COLUMNS, 'bans.reason'])
    .where('bans.guild_id', '=', guildId)
  if (userId !== undefined) query = query.where('bans.user_id', '=', userId)
  if (before !== undefined) query = query.where('bans.user_id', '<', before)
  else if (after !== undefined) query = query.where('bans.user_id', '>', after)
  const rows = await query
    .orderBy('bans.user_id', before === undefined ? 'asc' : 'desc')
    .limit(limit)
    .execute()
  const bans = rows.map((row) => ({ user: userFromRow(row), reason: row.reason }))
  return before === undefined ? bans : bans.reverse()
}
