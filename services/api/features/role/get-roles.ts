import { Type } from 'typebox'
import { ok } from '#shared/kernel/result.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { roleObject, sortedRoles } from '#shared/protocol/wire/guild.ts'
import type { ApiDeps } from '../../deps.ts'

/** GET /guilds/{guild_id}/roles */
export const getRoles = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/guilds/:guild_id/roles',
    tag: 'roles',
    summary: 'Get guild roles',
    access: 'verified',
    bucket: Buckets.read,
    schema: { params: Type.Object({ guild_id: Snowflake }) },
    handle: async ({ facts }) => {
      const scope = await deps.scopes.guild(facts)
      return scope.ok ? ok(sortedRoles(scope.value.state.roles.values()).map(roleObject)) : scope
    },
  })
