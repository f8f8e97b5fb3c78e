import type { Insertable, Selectable } from 'kysely'
import type { Channels, Guilds, Members, Roles, Users } from '#db/generated-types.ts'
import type { Emoji } from '#shared/domain/guild/emoji.ts'
import type { Guild, GuildChannel, Member, Role } from '#shared/domain/guild/entities.ts'
import type { Overwrite } from '#shared/domain/permissions/overwrites.ts'
import { type OwnUser, publicUser, type User } from '#shared/domain/user/user.ts'
import { timestamp } from '#shared/protocol/timestamps.ts'

/** Rows of Postgres ↔ entities of the domain, one pair of functions each. */

export function guildFromRow(row: Selectable<Guilds>): Guild {
  const { version: _, structure_version: __, ...guild } = row
  // An api process of before emojis writes {} for [].
  return { ...guild, emojis: Array.isArray(row.emojis) ? (row.emojis as unknown as Emoji[]) : [] }
}

export const guildToRow = (guild: Guild): Insertable<Guilds> => ({
  ...guild,
  features: [...guild.features],
  emojis: JSON.stringify(guild.emojis),
})

export function roleFromRow(row: Selectable<Roles>): Role {
  const { guild_id: _, ...role } = row
  return role
}

export const roleToRow = (role: Role, guildId: string): Insertable<Roles> => ({ ...role, guild_id: guildId })

export function channelFromRow(row: Selectable<Channels>): GuildChannel {
  const { guild_id: _, owner_id: __, icon: ___, version: ____, ...channel } = row
  return {
    ...channel,
    name: row.name ?? '',
    last_pin_timestamp: row.last_pin_timestamp && timestamp(row.last_pin_timestamp.getTime()),
    permission_overwrites: row.permission_overwrites as unknown as readonly Overwrite[],
  }
}

export const channelToRow = (channel: GuildChannel, guildId: string): Insertable<Channels> => ({
  ...channel,
  guild_id: guildId,
  permission_overwrites: JSON.stringify(channel.permission_overwrites),
})

export type UserColumns = Pick<
  Selectable<Users>,
  'id' | 'username' | 'global_name' | 'avatar' | 'banner' | 'accent_color' | 'bot' | 'public_flags'
>

export const USER_COLUMNS = [
  'users.id',
  'users.username',
  'users.global_name',
  'users.avatar',
  'users.banner',
  'users.accent_color',
  'users.bot',
  'users.public_flags',
] as const

export const userFromRow = (row: UserColumns): User => publicUser(row)

export const ownUserFromRow = (row: Selectable<Users>): OwnUser => ({
  ...userFromRow(row),
  email: row.email,
  verified: row.verified,
  locale: row.locale,
  bio: row.bio,
})

type MemberColumns = Omit<Selectable<Members>, 'guild_id' | 'user_id' | 'avatar'> & {
  readonly member_avatar: string | null
}

export const MEMBER_COLUMNS = [
  'members.nick',
  'members.avatar as member_avatar',
  'members.roles',
  'members.joined_at',
  'members.deaf',
  'members.mute',
  'members.flags',
  'members.communication_disabled_until',
] as const

export const memberFromRow = (row: MemberColumns, user: User): Member => ({
  user,
  nick: row.nick,
  avatar: row.member_avatar,
  roles: row.roles,
  joined_at: timestamp(row.joined_at.getTime()),
  deaf: row.deaf,
  mute: row.mute,
  flags: row.flags,
  communication_disabled_until:
    row.communication_disabled_until && timestamp(row.communication_disabled_until.getTime()),
})

export const memberToRow = (member: Member, guildId: string): Insertable<Members> => ({
  guild_id: guildId,
  user_id: member.user.id,
  nick: member.nick,
  avatar: member.avatar,
  roles: [...member.roles],
  joined_at: member.joined_at,
  deaf: member.deaf,
  mute: member.mute,
  flags: member.flags,
  communication_disabled_until: member.communication_disabled_until,
})
