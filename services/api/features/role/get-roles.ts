import { sql } from 'kysely'
import { Type } from 'typebox'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
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

/** GET /guilds/{guild_id}/roles/{role_id} */
export const getRole = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/guilds/:guild_id/roles/:role_id',
    tag: 'roles',
    summary: 'Get guild role',
    access: 'verified',
    bucket: Buckets.read,
    schema: { params: Type.Object({ guild_id: Snowflake, role_id: Snowflake }) },
    handle: async ({ params, facts }) => {
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      const role = scope.value.state.roles.get(params.role_id)
      return role ? ok(roleObject(role)) : refuse('UNKNOWN_ROLE')
    },
  })

/** GET /guilds/{guild_id}/roles/member-counts: of every role but @everyone. */
export const countRoleMembers = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/guilds/:guild_id/roles/member-counts',
    tag: 'roles',
    summary: 'Get guild role member counts',
    access: 'verified',
    bucket: Buckets.read,
    schema: { params: Type.Object({ guild_id: Snowflake }) },
    handle: async ({ params, facts }) => {
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      const { rows } = await sql<{ id: string; count: string }>`
        select role::text as id, count(*) as count from members, unnest(roles) as role
        where guild_id = ${params.guild_id} group by role`.execute(deps.database.db)
      const counts = new Map(rows.map(({ id, count }) => [id, Number(count)]))
      const ids = [...scope.value.state.roles.keys()].filter((id) => id !== params.guild_id)
      return ok(Object.fromEntries(ids.map((id) => [id, counts.get(id) ?? 0])))
    },
  })
