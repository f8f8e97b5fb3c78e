import { Type } from 'typebox'
import { roleNotes } from '#shared/domain/guild/audit-log.ts'
import type { Role } from '#shared/domain/guild/entities.ts'
import { standingOf } from '#shared/domain/guild/standing.ts'
import { canManageRole, compareRoles } from '#shared/domain/permissions/hierarchy.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { BodySnowflake, Buckets, endpoint, Nullable, Snowflake } from '#shared/platform/http/endpoint.ts'
import { roleObject, sortedRoles } from '#shared/protocol/wire/guild.ts'
import { auditActor } from '../../audit-actor.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'
import { roleManager } from './roles.ts'

const MoveBody = Type.Array(
  Type.Object({
    id: BodySnowflake,
    position: Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: 100_000 }))),
  }),
  { maxItems: 250 },
)

/**
 * PATCH /guilds/{guild_id}/roles: all are moved, or none is. Libraries send the positions of every role, those above
 * the caller's own too, so it is the order that counts: roles at and above his highest keep theirs, and stay above.
 */
export const moveRoles = (deps: ApiDeps) =>
  endpoint({
    method: 'PATCH',
    path: '/guilds/:guild_id/roles',
    tag: 'roles',
    summary: 'Modify guild role positions',
    access: 'verified',
    bucket: Buckets.write,
    schema: { params: Type.Object({ guild_id: Snowflake }), body: MoveBody },
    handle: async (request) => {
      const { params, body, facts, caller } = request
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      return toApi(
        await deps.guilds.write(params.guild_id, async (tx) => {
          const actor = await roleManager(tx, caller.id, facts.now)
          if (!actor.ok) return actor
          const moved = new Map<string, Role>()
          for (const { id, position } of body) {
            const role = tx.state.roles.get(String(id))
            if (!role) return refuse('UNKNOWN_ROLE')
            if (role.id === params.guild_id && position) return refuse('INVALID_ROLE')
            moved.set(role.id, { ...role, position: position ?? role.position })
          }
          const own = standingOf(tx.state, actor.value)
          const fixed = [...tx.state.roles.values()]
            .filter((role) => role.id !== params.guild_id && !canManageRole(own, role))
            .sort(compareRoles)
          const after = [...tx.state.roles.values()]
            .filter(({ id }) => id !== params.guild_id)
            .map((role) => moved.get(role.id) ?? role)
            .sort(compareRoles)
          const top = after.slice(after.length - fixed.length)
          if (fixed.some(({ id }, index) => top[index]?.id !== id)) return refuse('MISSING_PERMISSIONS')
          for (const role of moved.values()) {
            const before = tx.state.roles.get(role.id) as Role
            if (role.position === before.position) continue
            await tx.emit({
              type: 'GUILD_ROLE_UPDATE',
              changes: [{ kind: 'role', id: role.id, value: role }],
              d: { guild_id: params.guild_id, role: roleObject(role) },
            })
            await tx.audit(auditActor(request), roleNotes(before, role))
          }
          return ok(sortedRoles(tx.state.roles.values()).map(roleObject))
        }),
      )
    },
  })
