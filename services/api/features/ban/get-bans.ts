import { Type } from 'typebox'
import { has, Permission } from '#shared/domain/permissions/flags.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { readBans } from '#shared/store/bans.ts'
import type { ApiDeps } from '../../deps.ts'
import { readInteger } from '../../query.ts'
import { banObject } from './ban.ts'

/** GET /guilds/{guild_id}/bans: in the order of users' ids; of `before` and `after` only `before` counts. */
export const listBans = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/guilds/:guild_id/bans',
    tag: 'bans',
    summary: 'Get guild bans',
    access: 'verified',
    bucket: Buckets.read,
    schema: {
      params: Type.Object({ guild_id: Snowflake }),
      query: Type.Object({
        before: Type.Optional(Snowflake),
        after: Type.Optional(Snowflake),
        limit: Type.Optional(Type.String()),
      }),
    },
    handle: async ({ params, query, facts }) => {
      const limit = readInteger(query.limit, 'limit', { minimum: 1, maximum: 1_000, otherwise: 1_000 })
      if (!limit.ok) return limit
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      if (!has(scope.value.permissions, Permission.BAN_MEMBERS)) return refuse('MISSING_PERMISSIONS')
      const page = { ...query, limit: limit.value }
      return ok((await readBans(deps.database.db, params.guild_id, page)).map(banObject))
    },
  })

/** GET /guilds/{guild_id}/bans/{user_id} */
export const getBan = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/guilds/:guild_id/bans/:user_id',
    tag: 'bans',
    summary: 'Get guild ban',
    access: 'verified',
    bucket: Buckets.read,
    schema: { params: Type.Object({ guild_id: Snowflake, user_id: Snowflake }) },
    handle: async ({ params, facts }) => {
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      if (!has(scope.value.permissions, Permission.BAN_MEMBERS)) return refuse('MISSING_PERMISSIONS')
      const [ban] = await readBans(deps.database.db, params.guild_id, { userId: params.user_id, limit: 1 })
      return ban ? ok(banObject(ban)) : refuse('UNKNOWN_BAN')
    },
  })
