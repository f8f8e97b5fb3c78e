import { sql } from 'kysely'
import type { ApiDeps } from '../../deps.ts'

/** How many members guilds have, and how many of them are not offline, as guild, invite and preview show it. */
export async function memberCounts(
  { database, presences }: Pick<ApiDeps, 'database' | 'presences'>,
  guildIds: readonly string[],
) {
  if (guildIds.length === 0) return new Map<string, never>()
  const online = [...presences.online()]
  const rows = await database.db
    .selectFrom('members')
    .select((on) => [
      'guild_id',
      on.fn.countAll<string>().as('members'),
      sql<string>`count(*) filter (where user_id = any(${online}))`.as('online'),
    ])
    .where('guild_id', 'in', guildIds)
    .groupBy('guild_id')
    .execute()
  return new Map(
    rows.map(({ guild_id, members, online }) => [
      guild_id,
      { approximate_member_count: Number(members), approximate_presence_count: Number(online) },
    ]),
  )
}
