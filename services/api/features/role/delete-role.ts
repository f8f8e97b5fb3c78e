import { Type } from 'typebox'
import { roleNotes } from '#shared/domain/guild/audit-log.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { auditActor } from '../../audit-actor.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'
import { dropRole } from './drop-role.ts'
import { manageableRole, roleManager } from './roles.ts'

/** DELETE /guilds/{guild_id}/roles/{role_id}: its members lose it, and its overwrites go. */
export const deleteRole = (deps: ApiDeps) =>
  endpoint({
    method: 'DELETE',
    path: '/guilds/:guild_id/roles/:role_id',
    tag: 'roles',
    summary: 'Delete guild role',
    access: 'verified',
    bucket: Buckets.write,
    success: 204,
    schema: { params: Type.Object({ guild_id: Snowflake, role_id: Snowflake }) },
    handle: async (request) => {
      const { params, facts, caller } = request
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      return toApi(
        await deps.guilds.write(params.guild_id, async (tx) => {
          const actor = await roleManager(tx, caller.id, facts.now)
          if (!actor.ok) return actor
          const role = manageableRole(tx, actor.value, params.role_id)
          if (!role.ok) return role
          const { id } = role.value
          if (id === params.guild_id || role.value.managed) return refuse('INVALID_ROLE')
          await dropRole(tx, id)
          await tx.audit(auditActor(request), roleNotes(role.value, null))
          return ok(undefined)
        }),
      )
    },
  })
