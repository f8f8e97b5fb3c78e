import { Type } from 'typebox'
import { guildPermissions } from '#shared/domain/guild/access.ts'
import { AuditAction } from '#shared/domain/guild/audit-log.ts'
import { standingOf } from '#shared/domain/guild/standing.ts'
import { has, Permission } from '#shared/domain/permissions/flags.ts'
import { canManageMember } from '#shared/domain/permissions/hierarchy.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { auditActor } from '../../audit-actor.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'
import { removeMember } from './member-removal.ts'

/** DELETE /guilds/{guild_id}/members/{user_id} */
export const kickMember = (deps: ApiDeps) =>
  endpoint({
    method: 'DELETE',
    path: '/guilds/:guild_id/members/:user_id',
    tag: 'members',
    summary: 'Remove guild member',
    access: 'verified',
    bucket: Buckets.write,
    success: 204,
    schema: { params: Type.Object({ guild_id: Snowflake, user_id: Snowflake }) },
    handle: async (request) => {
      const { params, facts, caller } = request
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      return toApi(
        await deps.guilds.write(params.guild_id, async (tx) => {
          const actor = await tx.member(caller.id)
          if (!actor) return refuse('MISSING_ACCESS')
          if (!has(guildPermissions(tx.state, actor, facts.now), Permission.KICK_MEMBERS))
            return refuse('MISSING_PERMISSIONS')
          const member = await tx.member(params.user_id)
          if (!member) return refuse('UNKNOWN_MEMBER')
          if (!canManageMember(standingOf(tx.state, actor), standingOf(tx.state, member)))
            return refuse('MISSING_PERMISSIONS')
          await removeMember(tx, member)
          await tx.audit(auditActor(request), [
            { action_type: AuditAction.MEMBER_KICK, target_id: params.user_id },
          ])
          return ok(undefined)
        }),
      )
    },
  })
