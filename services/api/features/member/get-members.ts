import { Type } from 'typebox'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { Intent } from '#shared/protocol/intents.ts'
import { memberObject } from '#shared/protocol/wire/guild.ts'
import { readEnabledIntents } from '#shared/store/enabled-intents.ts'
import { readMembers } from '#shared/store/guild-store.ts'
import type { ApiDeps } from '../../deps.ts'
import { readInteger } from '../../query.ts'

/** GET /guilds/{guild_id}/members: in id order after `after`. Bots need the privileged intent for it. */
export const listMembers = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/guilds/:guild_id/members',
    tag: 'members',
    summary: 'List guild members',
    access: 'verified',
    bucket: Buckets.read,
    schema: {
      params: Type.Object({ guild_id: Snowflake }),
      query: Type.Object({ after: Type.Optional(Snowflake), limit: Type.Optional(Type.String()) }),
    },
    handle: async ({ params, query, facts, caller }) => {
      const limit = readInteger(query.limit, 'limit', { minimum: 1, maximum: 1_000, otherwise: 1 })
      if (!limit.ok) return limit
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      const intents = caller.bot
        ? await readEnabledIntents(deps.database.db, caller.id)
        : Intent.GUILD_MEMBERS
      if ((intents & Intent.GUILD_MEMBERS) === 0) return refuse('MISSING_ACCESS')
      const filter = { limit: limit.value, ...(query.after ? { after: query.after } : {}) }
      return ok((await readMembers(deps.database.db, params.guild_id, filter)).map(memberObject))
    },
  })

/** GET /users/@me/guilds/{guild_id}/member */
export const getOwnMember = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/users/@me/guilds/:guild_id/member',
    tag: 'members',
    summary: 'Get current user guild member',
    access: 'verified',
    bucket: Buckets.read,
    schema: { params: Type.Object({ guild_id: Snowflake }) },
    handle: async ({ facts }) => {
      const scope = await deps.scopes.guild(facts)
      return scope.ok ? ok(memberObject(scope.value.member)) : scope
    },
  })

/** GET /guilds/{guild_id}/members/{user_id} */
export const getMember = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/guilds/:guild_id/members/:user_id',
    tag: 'members',
    summary: 'Get guild member',
    access: 'verified',
    bucket: Buckets.read,
    schema: { params: Type.Object({ guild_id: Snowflake, user_id: Snowflake }) },
    handle: async ({ params, facts }) => {
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      const [member] = await readMembers(deps.database.db, params.guild_id, { ids: [params.user_id] })
      return member ? ok(memberObject(member)) : refuse('UNKNOWN_MEMBER')
    },
  })
