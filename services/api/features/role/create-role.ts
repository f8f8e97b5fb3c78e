import { Type } from 'typebox'
import { roleNotes } from '#shared/domain/guild/audit-log.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { roleObject } from '#shared/protocol/wire/guild.ts'
import { auditActor } from '../../audit-actor.ts'
import { createOnce } from '../../create-once.ts'
import type { ApiDeps } from '../../deps.ts'
import { MOST_ROLES, newRole } from './new-role.ts'
import { RoleBody, readRoleIcon, roleManager } from './roles.ts'

/** POST /guilds/{guild_id}/roles: at the bottom, above @everyone. */
export const createRole = (deps: ApiDeps) =>
  endpoint({
    method: 'POST',
    path: '/guilds/:guild_id/roles',
    tag: 'roles',
    summary: 'Create guild role',
    access: 'verified',
    bucket: Buckets.write,
    images: true,
    creates: true,
    schema: { params: Type.Object({ guild_id: Snowflake }), body: RoleBody },
    handle: async (request) => {
      const { params, body, facts, caller, attempt } = request
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      const id = facts.attemptedId ?? facts.newId
      const icon = await readRoleIcon(deps, id, body, scope.value.permissions)
      if (!icon.ok) return icon
      const note = attempt && { callerId: caller.id, ...attempt, id }
      return createOnce(deps.attempts, note, () =>
        deps.guilds.write(params.guild_id, async (tx) => {
          const existing = tx.state.roles.get(id)
          if (existing) return ok(roleObject(existing))
          const actor = await roleManager(tx, caller.id, facts.now)
          if (!actor.ok) return actor
          if (tx.state.roles.size >= MOST_ROLES) return refuse('TOO_MANY_ROLES')
          const made = newRole(tx.state, actor.value, { id, position: 1 }, body, facts.now)
          if (!made.ok) return made
          const role = { ...made.value, ...icon.value }
          const object = roleObject(role)
          if (note) await deps.attempts.noteIn(tx.tx, note)
          await tx.emit({
            type: 'GUILD_ROLE_CREATE',
            changes: [{ kind: 'role', id, value: role }],
            d: { guild_id: params.guild_id, role: object },
          })
          await tx.audit(auditActor(request), roleNotes(null, role))
          return ok(object)
        }),
      )
    },
  })
