import { Type } from 'typebox'
import { ok } from '#shared/kernel/result.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { guildObject } from '#shared/protocol/wire/guild.ts'
import type { ApiDeps } from '../../deps.ts'

/** GET /guilds/{guild_id} */
export const getGuild = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/guilds/:guild_id',
    tag: 'guilds',
    summary: 'Get guild',
    access: 'verified',
    bucket: Buckets.read,
    schema: {
      params: Type.Object({ guild_id: Snowflake }),
      query: Type.Object({ with_counts: Type.Optional(Type.String()) }),
    },
    handle: async ({ facts, query }) => {
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      const { state, guildId } = scope.value
      const counts = /^(true|1)$/i.test(query.with_counts ?? '') ? await memberCount(deps, guildId) : {}
      return ok({ ...guildObject(state.guild as never, state.roles.values()), ...counts })
    },
  })

async function memberCount(deps: ApiDeps, guildId: string) {
  const { count } = await deps.database.db
    .selectFrom('members')
    .select((on) => on.fn.countAll<string>().as('count'))
    .where('guild_id', '=', guildId)
    .executeTakeFirstOrThrow()
  return { approximate_member_count: Number(count), approximate_presence_count: 0 }
}
