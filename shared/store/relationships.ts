import type { Kysely } from 'kysely'
import type { DB } from '#db/generated-types.ts'
import { type Relationship, RelationshipType } from '#shared/domain/user/relationship.ts'
import type { Db } from './database.ts'
import { USER_COLUMNS, type UserColumns, userFromRow } from './entity-rows.ts'

/** How a user stands to others, in the order of their ids. */
export async function readRelationships(db: Db, userId: string): Promise<Relationship[]> {
  const rows = await relationshipsOf(db, userId).orderBy('users.id').execute()
  return rows.map(relationshipFromRow)
}

/** How a user stands to one other. */
export async function readRelationship(
  db: Kysely<DB>,
  userId: string,
  otherId: string,
): Promise<Relationship | undefined> {
  const row = await relationshipsOf(db, userId).where('users.id', '=', otherId).executeTakeFirst()
  return row && relationshipFromRow(row)
}

export async function readFriendIds(db: Db, userId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('relationships')
    .select('other_id')
    .where('user_id', '=', userId)
    .where('type', '=', RelationshipType.FRIEND)
    .execute()
  return rows.map(({ other_id }) => other_id)
}

const relationshipsOf = (db: Kysely<DB>, userId: string) =>
  db
    .selectFrom('relationships')
    .innerJoin('users', 'users.id', 'relationships.other_id')
    .select([...USER_COLUMNS, 'relationships.type', 'relationships.since'])
    .where('relationships.user_id', '=', userId)

const relationshipFromRow = ({
  type,
  since,
  ...user
}: UserColumns & { readonly type: number; readonly since: Date }): Relationship => ({
  user: userFromRow(user),
  type: type as RelationshipType,
  since: since.getTime(),
})
