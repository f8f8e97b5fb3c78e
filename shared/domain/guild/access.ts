import { basePermissions, permissionsIn } from '#shared/domain/permissions/compute.ts'
import { ALL, has, Permission } from '#shared/domain/permissions/flags.ts'
import { type CompiledOverwrites, compileOverwrites } from '#shared/domain/permissions/overwrites.ts'
import type { Guild, GuildChannel, Member } from './entities.ts'
import type { GuildState } from './guild-state.ts'

/** Entities are immutable, so what is parsed out of one is parsed once. */
const compiled = new WeakMap<GuildChannel, CompiledOverwrites>()
const rolePermissions = new WeakMap<object, bigint>()

/** What a member may do in the guild as a whole. `now` in ms decides time-outs; left out: time-outs do not count. */
export function guildPermissions(state: GuildState, member: Member, now?: number): bigint {
  const { guild } = state
  if (!guild) return 0n
  return basePermissions({
    owner: guild.owner_id === member.user.id,
    everyone: permissionsOfRole(state, guild.id),
    roles: member.roles.map((id) => permissionsOfRole(state, id)),
    timedOut: isTimedOut(member, now),
  })
}

/** What a member may do in a channel of the guild. */
export function permissionsInChannel(
  state: GuildState,
  member: Member,
  channel: GuildChannel,
  now?: number,
): bigint {
  if (!state.guild) return 0n
  return permissionsIn(guildPermissions(state, member, now), overwritesOf(channel, state.guild), {
    userId: member.user.id,
    roleIds: member.roles,
    timedOut: isTimedOut(member, now),
  })
}

const GRANTABLE = ALL & ~Permission.ADMINISTRATOR

/**
 * The flags that a member may allow and deny in overwrites of a channel, if he may change those at all; left out: of one
 * that is yet to be made. Who could give himself MANAGE_ROLES would have all others by it.
 */
export function grantableFlags(
  state: GuildState,
  member: Member,
  channel: GuildChannel | undefined,
  now?: number,
): bigint {
  const own = guildPermissions(state, member, now)
  if (has(own, Permission.ADMINISTRATOR)) return ALL
  if (!state.guild || !channel) return own & ~Permission.MANAGE_ROLES
  const overwritten = permissionsIn(Permission.VIEW_CHANNEL, overwritesOf(channel, state.guild), {
    userId: member.user.id,
    roleIds: member.roles,
    timedOut: isTimedOut(member, now),
  })
  if (has(overwritten, Permission.MANAGE_ROLES)) return GRANTABLE
  const here = permissionsInChannel(state, member, channel, now)
  const category = state.channels.get(channel.parent_id ?? '')
  const above = category ? permissionsInChannel(state, member, category, now) : 0n
  return (own | here | above) & ~Permission.MANAGE_ROLES
}

/** May the user see the channel? A function of the state alone: time-outs never hide a channel. */
export function canView(state: GuildState, userId: string, channelId: string): boolean {
  const member = state.members.get(userId)
  const channel = state.channels.get(channelId)
  return member !== undefined && channel !== undefined && sightOf(state, member)(channel)
}

/** Whether the member sees a channel: what his roles are worth is reckoned once for all of them. */
export function sightOf(state: GuildState, member: Member): (channel: GuildChannel) => boolean {
  const { guild } = state
  if (!guild) return () => false
  const base = guildPermissions(state, member)
  const viewer = { userId: member.user.id, roleIds: member.roles }
  return (channel) => has(permissionsIn(base, overwritesOf(channel, guild), viewer), Permission.VIEW_CHANNEL)
}

export const isTimedOut = (member: Member, now?: number): boolean =>
  now !== undefined &&
  member.communication_disabled_until !== null &&
  Date.parse(member.communication_disabled_until) > now

function overwritesOf(channel: GuildChannel, guild: Guild): CompiledOverwrites {
  let overwrites = compiled.get(channel)
  if (!overwrites) {
    overwrites = compileOverwrites(guild.id, channel.permission_overwrites)
    compiled.set(channel, overwrites)
  }
  return overwrites
}

function permissionsOfRole(state: GuildState, roleId: string): bigint {
  const role = state.roles.get(roleId)
  if (!role) return 0n
  let bits = rolePermissions.get(role)
  if (bits === undefined) {
    bits = BigInt(role.permissions)
    rolePermissions.set(role, bits)
  }
  return bits
}
