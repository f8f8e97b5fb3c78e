import { has, Permission } from '#shared/domain/permissions/flags.ts'
import { canManageMember, canManageRole } from '#shared/domain/permissions/hierarchy.ts'
import { visibleName } from '#shared/domain/visible-name.ts'
import { err, ok, type Result } from '#shared/kernel/result.ts'
import { guildPermissions } from './access.ts'
import type { Member } from './entities.ts'
import type { GuildState } from './guild-state.ts'
import { standingOf } from './standing.ts'

/** The longest time-out that Discord takes. */
const LONGEST_TIME_OUT_MS = 28 * 24 * 3_600_000
/** The only flag of a member that others may set. */
const BYPASSES_VERIFICATION = 1 << 2

/** What is to be changed of a member; what is not named stays. */
export interface MemberEdit {
  readonly nick?: string | null
  readonly roles?: readonly string[]
  /** ISO 8601; what has passed ends a time-out, as null does. */
  readonly communication_disabled_until?: string | null
  readonly flags?: number
  readonly mute?: boolean
  readonly deaf?: boolean
  /** The voice channel to be moved to; null: to be disconnected. */
  readonly channel_id?: string | null
}

export type EditRefusal =
  | 'missing_permissions'
  | 'unknown_role'
  | 'invalid_role'
  /** Nobody is in a voice channel here. */
  | 'not_in_voice'
  | 'time_out_too_long'

/** The member as `actor` may make him; each field takes its own permission and standing. `now` in ms. */
export function editedMember(
  state: GuildState,
  actor: Member,
  member: Member,
  edit: MemberEdit,
  now: number,
): Result<Member, EditRefusal> {
  const own = guildPermissions(state, actor, now)
  const may = (...flags: bigint[]) => flags.some((flag) => has(own, flag))
  const self = actor.user.id === member.user.id
  const manages = () => canManageMember(standingOf(state, actor), standingOf(state, member))
  let edited = member

  if (edit.nick !== undefined) {
    const allowed = self
      ? may(Permission.CHANGE_NICKNAME, Permission.MANAGE_NICKNAMES)
      : may(Permission.MANAGE_NICKNAMES) && manages()
    if (!allowed) return err('missing_permissions')
    edited = { ...edited, nick: visibleName(edit.nick ?? '') || null }
  }

  if (edit.roles !== undefined) {
    const roles = exchanged(state, actor, member, edit.roles, may(Permission.MANAGE_ROLES))
    if (!roles.ok) return roles
    edited = { ...edited, roles: roles.value }
  }

  if (edit.communication_disabled_until !== undefined) {
    if (!may(Permission.MODERATE_MEMBERS) || !manages()) return err('missing_permissions')
    const until = edit.communication_disabled_until
    const lasts = until === null ? 0 : Date.parse(until) - now
    if (lasts > LONGEST_TIME_OUT_MS) return err('time_out_too_long')
    if (lasts > 0 && has(guildPermissions(state, member), Permission.ADMINISTRATOR))
      return err('missing_permissions')
    edited = { ...edited, communication_disabled_until: lasts > 0 ? until : null }
  }

  if (edit.flags !== undefined) {
    const moderates = Permission.MODERATE_MEMBERS | Permission.KICK_MEMBERS | Permission.BAN_MEMBERS
    if (!may(Permission.MANAGE_GUILD, Permission.MANAGE_ROLES, moderates)) return err('missing_permissions')
    const flags = (member.flags & ~BYPASSES_VERIFICATION) | (edit.flags & BYPASSES_VERIFICATION)
    edited = { ...edited, flags }
  }

  const voice = [
    [edit.mute !== undefined, Permission.MUTE_MEMBERS, edit.mute !== member.mute],
    [edit.deaf !== undefined, Permission.DEAFEN_MEMBERS, edit.deaf !== member.deaf],
    [edit.channel_id !== undefined, Permission.MOVE_MEMBERS, true],
  ] as const
  for (const [asked, flag, changes] of voice) {
    if (!asked) continue
    if (!may(flag)) return err('missing_permissions')
    if (changes) return err('not_in_voice')
  }
  return ok(edited)
}

/** Every role that comes or goes must be one that the actor may give; those of bots and boosts nobody gives. */
function exchanged(
  state: GuildState,
  actor: Member,
  member: Member,
  wanted: readonly string[],
  allowed: boolean,
): Result<readonly string[], EditRefusal> {
  if (!allowed) return err('missing_permissions')
  const roles = [...new Set(wanted)]
  const changed = [
    ...roles.filter((id) => !member.roles.includes(id)),
    ...member.roles.filter((id) => !roles.includes(id)),
  ]
  for (const id of changed) {
    const role = state.roles.get(id)
    if (!role) return err('unknown_role')
    if (role.managed || id === state.guild?.id) return err('invalid_role')
    if (!canManageRole(standingOf(state, actor), role)) return err('missing_permissions')
  }
  return ok(changed.length === 0 ? member.roles : roles)
}
