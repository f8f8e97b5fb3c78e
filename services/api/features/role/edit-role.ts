import { Type } from 'typebox'
import { roleNotes } from '#shared/domain/guild/audit-log.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { roleObject } from '#shared/protocol/wire/guild.ts'
import { auditActor } from '../../audit-actor.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'
import { manageableRole, RoleBody, readRoleIcon, roleManager, withBody } from './roles.ts'

/** PATCH /guilds/{guild_id}/roles/{role_id}: where nothing changes nothing is told. */
export const editRole = (deps: ApiDeps) =>
  endpoint({
    method: 'PATCH',
    path: '/guilds/:guild_id/roles/:role_id',
    tag: 'roles',
    summary: 'Modify guild role',
    access: 'verified',
    bucket: Buckets.write,
    images: true,
    schema: { params: Type.Object({ guild_id: Snowflake, role_id: Snowflake }), body: RoleBody },
    handle: async (request) => {
      const { params, body, facts, caller } = request
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      if (!scope.value.state.roles.has(params.role_id)) return refuse('UNKNOWN_ROLE')
      const icon = await readRoleIcon(deps, params.role_id, body, scope.value.permissions)
      if (!icon.ok) return icon
      return toApi(
        await deps.guilds.write(params.guild_id, async (tx) => {
          const actor = await roleManager(tx, caller.id, facts.now)
          if (!actor.ok) return actor
          const before = manageableRole(tx, actor.value, params.role_id)
          if (!before.ok) return before
          const role = withBody(tx.state, actor.value, { ...before.value, ...icon.value }, body, facts.now)
          if (!role.ok) return role
          const object = roleObject(role.value)
          const notes = roleNotes(before.value, role.value)
          if (notes.length === 0) return ok(object)
          await tx.emit({
            type: 'GUILD_ROLE_UPDATE',
            changes: [{ kind: 'role', id: role.value.id, value: role.value }],
            d: { guild_id: params.guild_id, role: object },
          })
          await tx.audit(auditActor(request), notes)
          return ok(object)
        }),
      )
    },
  })
