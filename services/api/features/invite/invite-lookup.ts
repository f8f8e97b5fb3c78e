import type { Selectable } from 'kysely'
import type { Invites } from '#db/generated-types.ts'
import type { GuildState } from '#shared/domain/guild/guild-state.ts'
import type { User } from '#shared/domain/user/user.ts'
import type { Db } from '#shared/store/database.ts'
import { USER_COLUMNS, userFromRow } from '#shared/store/entity-rows.ts'
import { readStructure } from '#shared/store/guild-store.ts'

export interface FoundInvite {
  readonly invite: Selectable<Invites>
  readonly state: GuildState
  readonly inviter: User | undefined
  readonly memberCount: number
}

/** An invite that can still be used; undefined: unknown, expired or used up. */
export async function findInvite(db: Db, code: string): Promise<FoundInvite | undefined> {
  if (code.length > 64) return undefined
  const invite = await db
    .selectFrom('invites')
    .selectAll()
    .where('code', '=', code)
    .where((on) => on.or([on('expires_at', 'is', null), on('expires_at', '>', on.fn<Date>('now'))]))
    .where((on) => on.or([on('max_uses', '=', 0), on('uses', '<', on.ref('max_uses'))]))
    .executeTakeFirst()
  if (!invite) return undefined
  const structure = await readStructure(db, invite.guild_id)
  if (!structure) return undefined
  const inviter = await db
    .selectFrom('users')
    .select(USER_COLUMNS)
    .where('users.id', '=', invite.inviter_id)
    .executeTakeFirst()
  const { count } = await db
    .selectFrom('members')
    .select((on) => on.fn.countAll<string>().as('count'))
    .where('guild_id', '=', invite.guild_id)
    .executeTakeFirstOrThrow()
  return {
    invite,
    state: structure.state,
    inviter: inviter && userFromRow(inviter),
    memberCount: Number(count),
  }
}
