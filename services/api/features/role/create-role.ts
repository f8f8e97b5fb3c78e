import { Type } from 'typebox'
import { guildPermissions } from '#shared/domain/guild/access.ts'
import { roleNotes } from '#shared/domain/guild/audit-log.ts'
import type { Role } from '#shared/domain/guild/entities.ts'
import { EVERYONE_DEFAULT, formatPermissions } from '#shared/domain/permissions/flags.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { roleObject } from '#shared/protocol/wire/guild.ts'
import { auditActor } from '../../audit-actor.ts'
import { createOnce } from '../../create-once.ts'
import type { ApiDeps } from '../../deps.ts'
import { RoleBody, readRoleIcon, roleManager, withBody } from './roles.ts'

const MOST_ROLES = 250

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
          const inherited = EVERYONE_DEFAULT & guildPermissions(tx.state, actor.value, facts.now)
          const blank: Role = {
            id,
            name: 'new role',
            color: 0,
            hoist: false,
            icon: icon.value.icon ?? null,
            unicode_emoji: icon.value.unicode_emoji ?? null,
            position: 1,
            permissions: formatPermissions(body.permissions == null ? inherited : 0n),
            managed: false,
            mentionable: false,
            bot_id: null,
            flags: 0,
          }
          const role = withBody(tx, actor.value, blank, body, facts.now)
          if (!role.ok) return role
          const object = roleObject(role.value)
          if (note) await deps.attempts.noteIn(tx.tx, note)
          await tx.emit({
            type: 'GUILD_ROLE_CREATE',
            changes: [{ kind: 'role', id, value: role.value }],
            d: { guild_id: params.guild_id, role: object },
          })
          await tx.audit(auditActor(request), roleNotes(null, role.value))
          return ok(object)
        }),
      )
    },
  })
