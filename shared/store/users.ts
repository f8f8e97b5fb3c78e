import type { Kysely } from 'kysely'
import type { DB } from '#db/generated-types.ts'
import type { User } from '#shared/domain/user/user.ts'
import { compareIds } from '#shared/kernel/ids.ts'
import type { Tx } from './database.ts'
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

/** Locks users until the transaction ends, in id order: after guilds and conversations, before nothing but rows of theirs. */
export async function lockUsers(tx: Tx, ids: readonly string[]): Promise<void> {
  for (const id of [...ids].sort(compareIds))
    await tx.selectFrom('users').select('id').where('id', '=', id).forNoKeyUpdate().execute()
}
