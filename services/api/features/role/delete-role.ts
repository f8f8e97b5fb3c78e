import { Type } from 'typebox'
import { roleNotes } from '#shared/domain/guild/audit-log.ts'
import { withoutRole } from '#shared/domain/guild/emoji.ts'
import type { Guild } from '#shared/domain/guild/entities.ts'
import type { GuildChange } from '#shared/domain/guild/guild-state.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { auditActor } from '../../audit-actor.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'
import { emojisUpdate } from '../emoji/emojis.ts'
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
          await tx.loadMembersWithRole(id)
          const changes: GuildChange[] = [{ kind: 'role', id, value: null }]
          for (const member of tx.state.members.values()) {
            if (!member.roles.includes(id)) continue
            const roles = member.roles.filter((other) => other !== id)
            changes.push({ kind: 'member', id: member.user.id, value: { ...member, roles } })
          }
          for (const channel of tx.state.channels.values()) {
            const left = channel.permission_overwrites.filter((overwrite) => overwrite.id !== id)
            if (left.length === channel.permission_overwrites.length) continue
            changes.push({
              kind: 'channel',
              id: channel.id,
              value: { ...channel, permission_overwrites: left },
            })
          }
          await tx.emit({ type: 'GUILD_ROLE_DELETE', changes, d: { guild_id: params.guild_id, role_id: id } })
          const guild = tx.state.guild as Guild
          if (guild.emojis.some(({ roles }) => roles.includes(id)))
            await tx.emit(
              emojisUpdate(
                guild,
                guild.emojis.map((emoji) => withoutRole(emoji, id)),
              ),
            )
          await tx.audit(auditActor(request), roleNotes(role.value, null))
          return ok(undefined)
        }),
      )
    },
  })
