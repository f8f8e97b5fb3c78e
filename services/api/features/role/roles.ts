import { Type } from 'typebox'
import { guildPermissions } from '#shared/domain/guild/access.ts'
import type { Member, Role } from '#shared/domain/guild/entities.ts'
import { standingOf } from '#shared/domain/guild/standing.ts'
import { formatPermissions, has, Permission, parsePermissions } from '#shared/domain/permissions/flags.ts'
import { canGrant, canManageRole } from '#shared/domain/permissions/hierarchy.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse, refuseField } from '#shared/platform/http/api-error.ts'
import { Nullable } from '#shared/platform/http/endpoint.ts'
import type { GuildTransaction } from '#shared/store/guild-writer.ts'

export const RoleBody = Type.Object({
  name: Type.Optional(Nullable(Type.String({ maxLength: 100 }))),
  permissions: Type.Optional(
    Nullable(Type.Unsafe<string | number>({ type: ['string', 'integer'], maxLength: 20 })),
  ),
  color: Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: 0xffffff }))),
  colors: Type.Optional(
    Nullable(Type.Object({ primary_color: Type.Integer({ minimum: 0, maximum: 0xffffff }) })),
  ),
  hoist: Type.Optional(Nullable(Type.Boolean())),
  mentionable: Type.Optional(Nullable(Type.Boolean())),
})

type Body = import('typebox').Static<typeof RoleBody>

/** A member who may manage roles at all, under the guild's lock. */
export async function roleManager(
  tx: GuildTransaction,
  userId: string,
  now: number,
): Promise<Result<Member, ApiError>> {
  const actor = await tx.member(userId)
  if (!actor) return refuse('MISSING_ACCESS')
  return has(guildPermissions(tx.state, actor, now), Permission.MANAGE_ROLES)
    ? ok(actor)
    : refuse('MISSING_PERMISSIONS')
}

/** One that the actor may also change: below his own highest. */
export function manageableRole(tx: GuildTransaction, actor: Member, roleId: string): Result<Role, ApiError> {
  const role = tx.state.roles.get(roleId)
  if (!role) return refuse('UNKNOWN_ROLE')
  return canManageRole(standingOf(tx.state, actor), role) ? ok(role) : refuse('MISSING_PERMISSIONS')
}

/** The role with what the body says, if the actor may grant that. */
export function withBody(
  tx: GuildTransaction,
  actor: Member,
  role: Role,
  body: Body,
  now: number,
): Result<Role, ApiError> {
  let permissions = BigInt(role.permissions)
  if (body.permissions != null) {
    const wanted = parsePermissions(body.permissions)
    if (wanted === undefined)
      return refuseField(['permissions'], 'BASE_TYPE_BAD_STRING', 'Permissions are a decimal string.')
    if (!canGrant(guildPermissions(tx.state, actor, now), wanted, permissions))
      return refuse('MISSING_PERMISSIONS')
    permissions = wanted
  }
  return ok({
    ...role,
    name: body.name ?? role.name,
    color: body.colors?.primary_color ?? body.color ?? role.color,
    hoist: body.hoist ?? role.hoist,
    mentionable: body.mentionable ?? role.mentionable,
    permissions: formatPermissions(permissions),
  })
}
