import type { ApiDeps } from '../../deps.ts'

/** How many members guilds have, and how many of them are not offline, as guild, invite and preview show it. */
export async function memberCounts(
  { database, presences }: Pick<ApiDeps, 'database' | 'presences'>,
  guildIds: readonly string[],
) {
  if (guildIds.length === 0) return new Map<string, never>()
  const { rows } = await database.pool.query<{ guild_id: string; members: string; online: string }>({
    name: 'member-counts',
    text: `select guild_id, count(*) as members, count(*) filter (where user_id = any($2::bigint[])) as online
           from members where guild_id = any($1::bigint[]) group by guild_id`,
    values: [guildIds, [...presences.online()]],
  })
  return new Map(
    rows.map(({ guild_id, members, online }) => [
      guild_id,
      { approximate_member_count: Number(members), approximate_presence_count: Number(online) },
    ]),
  )
}
