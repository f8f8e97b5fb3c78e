import { compareIds } from '#shared/kernel/ids.ts'
import type { AllowDeny } from './overwrites.ts'

export interface RankedRole {
  readonly id: string
  readonly position: number
}

/** Where someone stands in a guild. `highest` is undefined for who has no role but @everyone. */
export interface Standing {
  readonly guildId: string
  readonly owner: boolean
  readonly highest: RankedRole | undefined
}

/** Above 0 when `a` ranks above `b`. Of equal positions the lower id ranks higher, as libraries sort them. */
export const compareRoles = (a: RankedRole, b: RankedRole): number =>
  a.position - b.position || compareIds(b.id, a.id)

export function standing(guild: {
  readonly guildId: string
  readonly ownerId: string
  readonly userId: string
  /** The roles the member has; @everyone may be among them or not. */
  readonly roles: Iterable<RankedRole>
}): Standing {
  const { guildId } = guild
  return { guildId, owner: guild.userId === guild.ownerId, highest: highestRole(guildId, guild.roles) }
}

/**
 * Undefined when there is no role but @everyone. That one is left out since it has the lowest id of
 * its guild, which would put it above other roles of position 0.
 */
export function highestRole(guildId: string, roles: Iterable<RankedRole>): RankedRole | undefined {
  let highest: RankedRole | undefined
  for (const role of roles) {
    if (role.id !== guildId && (!highest || compareRoles(role, highest) > 0)) highest = role
  }
  return highest
}

/** May one assign, edit, sort or delete this role, as far as rank goes? MANAGE_ROLES is asked separately. */
export function canManageRole(actor: Standing, role: RankedRole): boolean {
  if (actor.owner) return true
  if (!actor.highest) return false
  return role.id === actor.guildId || compareRoles(actor.highest, role) > 0
}

/**
 * May one kick, ban, rename or time out this member, as far as rank goes? The flag for it is asked
 * separately. Nobody may do so to the owner, the owner included; one's own nickname is not asked here.
 */
export function canManageMember(actor: Standing, target: Standing): boolean {
  if (target.owner) return false
  if (actor.owner) return true
  if (!actor.highest) return false
  return !target.highest || compareRoles(actor.highest, target.highest) > 0
}

/** May one who has `own` change a role's flags from `before` to `wanted`? Bits one lacks cannot be added. */
export const canGrant = (own: bigint, wanted: bigint, before = 0n): boolean =>
  (wanted & ~before & ~own) === 0n

const NOTHING: AllowDeny = { allow: 0n, deny: 0n }

/**
 * May one who may allow and deny `grantable` in the channel change an overwrite? Every bit that changes must be among
 * them: to lift a denial is to grant.
 */
export function canOverwrite(grantable: bigint, after: AllowDeny, before: AllowDeny = NOTHING): boolean {
  const changed = (after.allow ^ before.allow) | (after.deny ^ before.deny)
  return (changed & ~grantable) === 0n
}
