import type { Kysely } from 'kysely'
import type { DB } from '#db/generated-types.ts'
import { RelationshipType } from '#shared/domain/user/relationship.ts'

/** Has the user blocked one of the others, or one of them him? */
export async function isBlocked(
  db: Kysely<DB>,
  userId: string,
  otherIds: readonly string[],
): Promise<boolean> {
  if (otherIds.length === 0) return false
  const others = [...otherIds]
  const row = await db
    .selectFrom('relationships')
    .select('user_id')
    .where('type', '=', RelationshipType.BLOCKED)
    .where((on) =>
      on.or([
        on.and([on('user_id', '=', userId), on('other_id', 'in', others)]),
        on.and([on('user_id', 'in', others), on('other_id', '=', userId)]),
      ]),
    )
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
