import { type Static, Type } from 'typebox'
import { guildPermissions } from '#shared/domain/guild/access.ts'
import type { Member, Role } from '#shared/domain/guild/entities.ts'
import type { GuildState } from '#shared/domain/guild/guild-state.ts'
import { standingOf } from '#shared/domain/guild/standing.ts'
import { formatPermissions, has, Permission, parsePermissions } from '#shared/domain/permissions/flags.ts'
import { canGrant, canManageRole } from '#shared/domain/permissions/hierarchy.ts'
import { visibleName } from '#shared/domain/visible-name.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse, refuseField } from '#shared/platform/http/api-error.ts'
import { ImageField, Nullable } from '#shared/platform/http/endpoint.ts'
import { isUnicodeEmoji } from '#shared/protocol/wire/emoji.ts'
import type { GuildTransaction } from '#shared/store/guild-writer.ts'
import type { ApiDeps } from '../../deps.ts'

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
  icon: ImageField,
  unicode_emoji: Type.Optional(Nullable(Type.String({ maxLength: 100 }))),
})

export type RoleFields = Static<typeof RoleBody>

/** What is shown beside the names of the role's members: one of them, or neither. */
export type RoleIcon = Partial<Pick<Role, 'icon' | 'unicode_emoji'>>

/** Keeps the picture of the body, which a role has in the place of an emoji, or the other way round. */
export async function readRoleIcon(
  deps: ApiDeps,
  roleId: string,
  { icon, unicode_emoji }: RoleFields,
  permissions: bigint,
): Promise<Result<RoleIcon, ApiError>> {
  // What nobody may put there is not even kept.
  if ((icon || unicode_emoji) && !has(permissions, Permission.MANAGE_ROLES))
    return refuse('MISSING_PERMISSIONS')
  if (unicode_emoji && (icon || !isUnicodeEmoji(unicode_emoji)))
    return refuseField(['unicode_emoji'], 'BASE_TYPE_CHOICES', 'An emoji, and no icon beside it.')
  if (unicode_emoji) return ok({ icon: null, unicode_emoji })
  const kept = await deps.images.keep(roleId, { icon: ['role-icons', icon] })
  if (!kept.ok) return kept
  return ok({ ...kept.value, ...(icon || unicode_emoji !== undefined ? { unicode_emoji: null } : {}) })
}

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

/** The role with what the body says but its icon, if the actor may grant that. */
export function withBody(
  state: GuildState,
  actor: Member,
  role: Role,
  body: RoleFields,
  now: number,
): Result<Role, ApiError> {
  const name = body.name ? visibleName(body.name) : role.name
  if (name === '') return refuseField(['name'], 'BASE_TYPE_REQUIRED', 'This field is required')
  let permissions = BigInt(role.permissions)
  if (body.permissions != null) {
    const wanted = parsePermissions(body.permissions)
    if (wanted === undefined)
      return refuseField(['permissions'], 'BASE_TYPE_BAD_STRING', 'Permissions are a decimal string.')
    if (!canGrant(guildPermissions(state, actor, now), wanted, permissions))
      return refuse('MISSING_PERMISSIONS')
    permissions = wanted
  }
  return ok({
    ...role,
    name,
    color: body.colors?.primary_color ?? body.color ?? role.color,
    hoist: body.hoist ?? role.hoist,
    mentionable: body.mentionable ?? role.mentionable,
    permissions: formatPermissions(permissions),
  })
}
