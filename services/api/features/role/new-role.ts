import { guildPermissions } from '#shared/domain/guild/access.ts'
import type { Member, Role } from '#shared/domain/guild/entities.ts'
import type { GuildState } from '#shared/domain/guild/guild-state.ts'
import { formatPermissions } from '#shared/domain/permissions/flags.ts'
import type { Result } from '#shared/kernel/result.ts'
import type { ApiError } from '#shared/platform/http/api-error.ts'
import { type RoleFields, withBody } from './roles.ts'

/** Of a guild, with @everyone. */
export const MOST_ROLES = 250

/** A role as the body describes it but its icon, with what of @everyone's permissions the actor has himself. */
export function newRole(
  state: GuildState,
  actor: Member,
  place: Pick<Role, 'id' | 'position'>,
  body: RoleFields,
  now: number,
): Result<Role, ApiError> {
  const everyone = BigInt(state.roles.get(state.guild?.id ?? '')?.permissions ?? 0)
  const inherited = everyone & guildPermissions(state, actor, now)
  const blank: Role = {
    id: place.id,
    name: 'new role',
    color: 0,
    hoist: false,
    icon: null,
    unicode_emoji: null,
    position: place.position,
    permissions: formatPermissions(body.permissions == null ? inherited : 0n),
    managed: false,
    mentionable: false,
    bot_id: null,
    flags: 0,
  }
  return withBody(state, actor, blank, body, now)
}
