import { type Relationship, RelationshipType } from '#shared/domain/user/relationship.ts'
import type { Db } from './database.ts'
import { USER_COLUMNS, userFromRow } from './entity-rows.ts'

/** How a user stands to others, in the order of their ids. */
export async function readRelationships(db: Db, userId: string): Promise<Relationship[]> {
  const rows = await db
    .selectFrom('relationships')
    .innerJoin('users', 'users.id', 'relationships.other_id')
    .select([...USER_COLUMNS, 'relationships.type', 'relationships.since'])
    .where('relationships.user_id', '=', userId)
    .orderBy('users.id')
    .execute()
  return rows.map(({ type, since, ...user }) => ({
    user: userFromRow(user),
    type: type as RelationshipType,
    since: since.getTime(),
  }))
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
