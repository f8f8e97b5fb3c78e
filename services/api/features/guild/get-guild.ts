import { Type } from 'typebox'
import { ok } from '#shared/kernel/result.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { guildObject } from '#shared/protocol/wire/guild.ts'
import type { ApiDeps } from '../../deps.ts'
import { readFlag } from '../../query.ts'
import { memberCounts } from './member-counts.ts'

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
      const counts = readFlag(query.with_counts) ? (await memberCounts(deps, [guildId])).get(guildId) : {}
      return ok({ ...guildObject(state.guild as never, state.roles.values()), ...counts })
    },
  })
