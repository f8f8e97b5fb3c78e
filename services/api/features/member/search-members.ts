import { Type } from 'typebox'
import { ok } from '#shared/kernel/result.ts'
import { refuseField } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { memberObject } from '#shared/protocol/wire/guild.ts'
import { readMembers } from '#shared/store/guild-store.ts'
import type { ApiDeps } from '../../deps.ts'
import { readInteger } from '../../query.ts'

/** GET /guilds/{guild_id}/members/search: whose nickname or name begins with the query, in any case. */
export const searchMembers = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/guilds/:guild_id/members/search',
    tag: 'members',
    summary: 'Search guild members',
    access: 'verified',
    bucket: Buckets.read,
    schema: {
      params: Type.Object({ guild_id: Snowflake }),
      query: Type.Object({
        query: Type.Optional(Type.String({ maxLength: 100 })),
        limit: Type.Optional(Type.String()),
      }),
    },
    handle: async ({ params, query, facts }) => {
      const limit = readInteger(query.limit, 'limit', { minimum: 1, maximum: 1_000, otherwise: 1 })
      if (!limit.ok) return limit
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      if (!query.query) return refuseField(['query'], 'BASE_TYPE_REQUIRED', 'This field is required')
      const filter = { namePrefix: query.query, limit: limit.value }
      return ok((await readMembers(deps.database.db, params.guild_id, filter)).map(memberObject))
    },
  })
