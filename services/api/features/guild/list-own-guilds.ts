import { Type } from 'typebox'
import { guildPermissions } from '#shared/domain/guild/access.ts'
import { formatPermissions } from '#shared/domain/permissions/flags.ts'
import { publicUser } from '#shared/domain/user/user.ts'
import { ok } from '#shared/kernel/result.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { readOwnGuilds } from '#shared/store/guild-store.ts'
import type { ApiDeps } from '../../deps.ts'
import { readFlag, readInteger } from '../../query.ts'
import { memberCounts } from './member-counts.ts'

/** GET /users/@me/guilds: partial guilds with the caller's permissions, in id order. */
export const listOwnGuilds = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/users/@me/guilds',
    tag: 'users',
    summary: 'Get current user guilds',
    access: 'verified',
    bucket: Buckets.read,
    schema: {
      query: Type.Object({
        before: Type.Optional(Snowflake),
        after: Type.Optional(Snowflake),
        limit: Type.Optional(Type.String()),
        with_counts: Type.Optional(Type.String()),
      }),
    },
    handle: async ({ query, caller, facts }) => {
      const limit = readInteger(query.limit, 'limit', { minimum: 1, maximum: 200, otherwise: 200 })
      if (!limit.ok) return limit
      const { before, after } = query
      const own = await readOwnGuilds(deps.database.db, publicUser(caller), {
        before,
        after,
        limit: limit.value,
      })
      const counted = readFlag(query.with_counts) ? own.map(({ guild }) => guild.id) : []
      const counts = await memberCounts(deps, counted)
      return ok(
        own.map(({ guild, state, member }) => ({
          id: guild.id,
          name: guild.name,
          icon: guild.icon,
          banner: guild.banner,
          owner: guild.owner_id === caller.id,
          permissions: formatPermissions(guildPermissions(state, member, facts.now)),
          features: guild.features,
          ...counts.get(guild.id),
        })),
      )
    },
  })
