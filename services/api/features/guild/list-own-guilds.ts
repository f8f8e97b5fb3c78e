import { Type } from 'typebox'
import { guildPermissions } from '#shared/domain/guild/access.ts'
import { formatPermissions } from '#shared/domain/permissions/flags.ts'
import { BucketMap } from '#shared/kernel/bucket-map.ts'
import { ok } from '#shared/kernel/result.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { readMembers, readStructure } from '#shared/store/guild-store.ts'
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
      const { db } = deps.database
      let own = db.selectFrom('members').select('guild_id').where('user_id', '=', caller.id)
      if (query.before) own = own.where('guild_id', '<', query.before)
      if (query.after) own = own.where('guild_id', '>', query.after)
      const ids = await own
        .orderBy('guild_id', query.before && !query.after ? 'desc' : 'asc')
        .limit(limit.value)
        .execute()
      const counted = readFlag(query.with_counts) ? ids.map(({ guild_id }) => guild_id) : []
      const counts = await memberCounts(deps, counted)
      const guilds = await Promise.all(
        ids.map(async ({ guild_id }) => {
          const structure = await readStructure(db, guild_id)
          const [member] = await readMembers(db, guild_id, { ids: [caller.id] })
          const guild = structure?.state.guild
          if (!guild || !member) return []
          const state = { ...structure.state, members: BucketMap.from([[caller.id, member]]) }
          return [
            {
              id: guild.id,
              name: guild.name,
              icon: guild.icon,
              banner: guild.banner,
              owner: guild.owner_id === caller.id,
              permissions: formatPermissions(guildPermissions(state, member, facts.now)),
              features: guild.features,
              ...counts.get(guild_id),
            },
          ]
        }),
      )
      return ok(guilds.flat().sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1)))
    },
  })
