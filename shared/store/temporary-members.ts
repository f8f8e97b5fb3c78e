import type { Member } from '#shared/domain/guild/entities.ts'
import type { Db, Tx } from './database.ts'

/** A membership that lasts while its member is there. */
export interface TemporaryMember {
  readonly guildId: string
  readonly userId: string
}

/** In the transaction in which he becomes a member. */
export async function noteTemporary(tx: Tx, guildId: string, { user, joined_at }: Member): Promise<void> {
  await tx
    .insertInto('temporary_members')
    .values({ guild_id: guildId, user_id: user.id, joined_at })
    .onConflict((row) => row.columns(['guild_id', 'user_id']).doUpdateSet({ joined_at }))
    .execute()
}

/** Forgets those that have ended, or are temporary no longer since a role was given. @returns the others, of before then */
export async function readTemporaryMembers(db: Db, joinedBefore: Date): Promise<TemporaryMember[]> {
  await db
    .deleteFrom('temporary_members as temporary')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('members')
            .whereRef('members.guild_id', '=', 'temporary.guild_id')
            .whereRef('members.user_id', '=', 'temporary.user_id')
            .whereRef('members.joined_at', '=', 'temporary.joined_at')
            .where((on) => on.fn<number>('cardinality', ['members.roles']), '=', 0),
        ),
      ),
    )
    .execute()
  const rows = await db
    .selectFrom('temporary_members')
    .select(['guild_id', 'user_id'])
    .where('joined_at', '<', joinedBefore)
    .execute()
  return rows.map(({ guild_id, user_id }) => ({ guildId: guild_id, userId: user_id }))
}
