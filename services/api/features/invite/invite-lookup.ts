import type { ExpressionBuilder, Selectable } from 'kysely'
import type { DB, Invites } from '#db/generated-types.ts'
import type { GuildState } from '#shared/domain/guild/guild-state.ts'
import type { User } from '#shared/domain/user/user.ts'
import type { Db } from '#shared/store/database.ts'
import { USER_COLUMNS, userFromRow } from '#shared/store/entity-rows.ts'
import { readStructure } from '#shared/store/guild-store.ts'

export interface FoundInvite {
  readonly invite: Selectable<Invites>
  readonly state: GuildState
  readonly inviter: User | undefined
}

/** Neither expired nor used up. */
export const isUsable = (on: ExpressionBuilder<DB, 'invites'>) =>
  on.and([
    on.or([on('expires_at', 'is', null), on('expires_at', '>', on.fn<Date>('now'))]),
    on.or([on('max_uses', '=', 0), on('uses', '<', on.ref('max_uses'))]),
  ])

/** An invite that can still be used; undefined: unknown, expired, used up, or its channel is gone. */
export async function findInvite(db: Db, code: string): Promise<FoundInvite | undefined> {
  if (code.length > 64) return undefined
  const invite = await db
    .selectFrom('invites')
    .selectAll()
    .where('code', '=', code)
    .where(isUsable)
    .executeTakeFirst()
  if (!invite) return undefined
  const structure = await readStructure(db, invite.guild_id)
  if (!structure?.state.channels.has(invite.channel_id)) return undefined
  const inviter = await db
    .selectFrom('users')
    .select(USER_COLUMNS)
    .where('users.id', '=', invite.inviter_id)
    .executeTakeFirst()
  return {
    invite,
    state: structure.state,
    inviter: inviter && userFromRow(inviter),
  }
}

/** Those of a guild, or of one of its channels, that can still be used, oldest first. */
export async function listInvites(
  db: Db,
  state: GuildState,
  where: { readonly guildId: string; readonly channelId?: string },
): Promise<FoundInvite[]> {
  let query = db.selectFrom('invites').selectAll().where('guild_id', '=', where.guildId).where(isUsable)
  if (where.channelId !== undefined) query = query.where('channel_id', '=', where.channelId)
  const rows = await query.orderBy('created_at').orderBy('code').execute()
  const invites = rows.filter(({ channel_id }) => state.channels.has(channel_id))
  const inviterIds = [...new Set(invites.map(({ inviter_id }) => inviter_id))]
  const users = inviterIds.length
    ? await db.selectFrom('users').select(USER_COLUMNS).where('users.id', 'in', inviterIds).execute()
    : []
  const inviters = new Map(users.map((row) => [row.id, userFromRow(row)]))
  return invites.map((invite) => ({ invite, state, inviter: inviters.get(invite.inviter_id) }))
}

/** How many a guild has. */
export async function countMembers(db: Db, guildId: string): Promise<number> {
  const { count } = await db
    .selectFrom('members')
    .select((on) => on.fn.countAll<string>().as('count'))
    .where('guild_id', '=', guildId)
    .executeTakeFirstOrThrow()
  return Number(count)
}
