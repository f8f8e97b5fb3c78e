import type { Kysely } from 'kysely'
import type { DB } from '#db/generated-types.ts'
import type { User } from '#shared/domain/user/user.ts'
import { USER_COLUMNS, userFromRow } from './entity-rows.ts'

/** Those of the users that there are, in id order. */
export async function readUsers(db: Kysely<DB>, ids: readonly string[]): Promise<User[]> {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('users')
    .select(USER_COLUMNS)
    .where('users.id', 'in', [...ids])
    .orderBy('users.id')
    .execute()
  return rows.map(userFromRow)
}
