/**
 * Guilds as plain objects and permissions as the documentation words them: written a second time, without a look
 * at the product's own, so that a mistake in one is not made in the other.
 */

// biome-ignore lint/suspicious/noExplicitAny: whatever the log's facts hold
type Json = any

export interface NaiveGuild {
  readonly version: number
  readonly guild: Json | null
  readonly roles: Readonly<Record<string, Json>>
  readonly channels: Readonly<Record<string, Json>>
  readonly members: Readonly<Record<string, Json>>
}

export const NOTHING: NaiveGuild = { version: 0, guild: null, roles: {}, channels: {}, members: {} }

export interface Change {
  readonly kind: string
  readonly id: string
  readonly value: Json | null
}

export function applied(state: NaiveGuild, version: number, changes: readonly Change[]): NaiveGuild {
  const next = {
    version,
    guild: state.guild,
    roles: { ...state.roles },
    channels: { ...state.channels },
    members: { ...state.members },
  }
  for (const { kind, id, value } of changes) {
    if (kind === 'guild') {
      if (value === null) return { ...NOTHING, version }
      next.guild = value
    } else {
      const of = kind === 'role' ? next.roles : kind === 'channel' ? next.channels : next.members
      if (value === null) delete of[id]
      else of[id] = value
    }
  }
  return next
}

export const Flag = {
  CREATE_INSTANT_INVITE: 1n << 0n,
  KICK_MEMBERS: 1n << 1n,
  BAN_MEMBERS: 1n << 2n,
  ADMINISTRATOR: 1n << 3n,
  MANAGE_CHANNELS: 1n << 4n,
  MANAGE_GUILD: 1n << 5n,
  ADD_REACTIONS: 1n << 6n,
  VIEW_AUDIT_LOG: 1n << 7n,
  VIEW_CHANNEL: 1n << 10n,
  SEND_MESSAGES: 1n << 11n,
  MANAGE_MESSAGES: 1n << 13n,
  ATTACH_FILES: 1n << 15n,
  READ_MESSAGE_HISTORY: 1n << 16n,
  USE_EXTERNAL_EMOJIS: 1n << 18n,
  MUTE_MEMBERS: 1n << 22n,
  CHANGE_NICKNAME: 1n << 26n,
  MANAGE_NICKNAMES: 1n << 27n,
  MANAGE_ROLES: 1n << 28n,
  MANAGE_GUILD_EXPRESSIONS: 1n << 30n,
  MODERATE_MEMBERS: 1n << 40n,
  CREATE_GUILD_EXPRESSIONS: 1n << 43n,
  PIN_MESSAGES: 1n << 51n,
} as const

/** In the guild as a whole; null: everything is allowed. */
function base(state: NaiveGuild, userId: string): bigint | null {
  const member = state.members[userId]
  if (!member || !state.guild) return 0n
  if (state.guild.owner_id === userId) return null
  let bits = BigInt(state.roles[state.guild.id].permissions)
  for (const id of member.roles) if (state.roles[id]) bits |= BigInt(state.roles[id].permissions)
  return (bits & Flag.ADMINISTRATOR) === 0n ? bits : null
}

export function mayInGuild(state: NaiveGuild, userId: string, flag: bigint): boolean {
  const bits = base(state, userId)
  return bits === null ? state.members[userId] !== undefined : (bits & flag) !== 0n
}

export function mayInChannel(state: NaiveGuild, userId: string, channelId: string, flag: bigint): boolean {
  const channel = state.channels[channelId]
  const member = state.members[userId]
  if (!channel || !member) return false
  let bits = base(state, userId)
  if (bits === null) return true
  const overwrites: readonly { id: string; allow: string; deny: string }[] = channel.permission_overwrites
  const everyone = overwrites.find(({ id }) => id === state.guild.id)
  if (everyone) bits = (bits & ~BigInt(everyone.deny)) | BigInt(everyone.allow)
  const ofRoles = overwrites.filter(({ id }) => member.roles.includes(id) && state.roles[id])
  for (const { deny } of ofRoles) bits &= ~BigInt(deny)
  for (const { allow } of ofRoles) bits |= BigInt(allow)
  const own = overwrites.find(({ id }) => id === userId)
  if (own) bits = (bits & ~BigInt(own.deny)) | BigInt(own.allow)
  if ((bits & Flag.VIEW_CHANNEL) === 0n) return false
  return (bits & flag) !== 0n
}

export const views = (state: NaiveGuild, userId: string, channelId: string): boolean =>
  mayInChannel(state, userId, channelId, Flag.VIEW_CHANNEL)
