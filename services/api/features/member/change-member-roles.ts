import { Type } from 'typebox'
import { guildPermissions } from '#shared/domain/guild/access.ts'
import { memberNotes } from '#shared/domain/guild/audit-log.ts'
import { standingOf } from '#shared/domain/guild/standing.ts'
import { has, Permission } from '#shared/domain/permissions/flags.ts'
import { canManageRole } from '#shared/domain/permissions/hierarchy.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import type { GuildTransaction } from '#shared/store/guild-writer.ts'
import { auditActor } from '../../audit-actor.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'
import { memberUpdate } from './member-update.ts'

const path = '/guilds/:guild_id/members/:user_id/roles/:role_id'
const schema = { params: Type.Object({ guild_id: Snowflake, user_id: Snowflake, role_id: Snowflake }) }

/** PUT …/members/{user_id}/roles/{role_id} */
export const addMemberRole = (deps: ApiDeps) =>
  endpoint({
    method: 'PUT',
    path,
    tag: 'members',
    summary: 'Add guild member role',
    access: 'verified',
    bucket: Buckets.write,
    success: 204,
    schema,
    handle: (request) => change(deps, request, (roles, id) => (roles.includes(id) ? roles : [...roles, id])),
  })

/** DELETE …/members/{user_id}/roles/{role_id} */
export const removeMemberRole = (deps: ApiDeps) =>
  endpoint({
    method: 'DELETE',
    path,
    tag: 'members',
    summary: 'Remove guild member role',
    access: 'verified',
    bucket: Buckets.write,
    success: 204,
    schema,
    handle: (request) => change(deps, request, (roles, id) => roles.filter((role) => role !== id)),
  })

async function change(
  deps: ApiDeps,
  request: {
    params: { guild_id: string; user_id: string; role_id: string }
    facts: Parameters<ApiDeps['scopes']['guild']>[0]
    caller: { id: string }
    auditReason: string | undefined
  },
  next: (roles: readonly string[], id: string) => readonly string[],
): Promise<Result<void, ApiError>> {
  const { params, facts, caller } = request
  const scope = await deps.scopes.guild(facts)
  if (!scope.ok) return scope
  return toApi(
    await deps.guilds.write(
      params.guild_id,
      async (tx: GuildTransaction): Promise<Result<void, ApiError>> => {
        const actor = await tx.member(caller.id)
        if (!actor) return refuse('MISSING_ACCESS')
        if (!has(guildPermissions(tx.state, actor, facts.now), Permission.MANAGE_ROLES))
          return refuse('MISSING_PERMISSIONS')
        const role = tx.state.roles.get(params.role_id)
        if (!role || role.id === params.guild_id) return refuse('UNKNOWN_ROLE')
        if (role.managed) return refuse('INVALID_ROLE')
        const member = await tx.member(params.user_id)
        if (!member) return refuse('UNKNOWN_MEMBER')
        if (!canManageRole(standingOf(tx.state, actor), role)) return refuse('MISSING_PERMISSIONS')
        const roles = next(member.roles, role.id)
        if (roles.length === member.roles.length) return ok(undefined)
        const changed = { ...member, roles }
        await tx.emit(memberUpdate(params.guild_id, changed))
        await tx.audit(auditActor(request), memberNotes(member, changed, tx.state.roles))
        return ok(undefined)
      },
    ),
  )
}
