import type { ApiDeps } from '../../deps.ts'

/** How many members a guild has, as guild, invite and preview show it. Who is online is not counted. */
export async function memberCounts(deps: Pick<ApiDeps, 'database'>, guildId: string) {
  const { count } = await deps.database.db
    .selectFrom('members')
    .select((on) => on.fn.countAll<string>().as('count'))
    .where('guild_id', '=', guildId)
    .executeTakeFirstOrThrow()
  return { approximate_member_count: Number(count), approximate_presence_count: 0 }
}
