import {
  ChannelType,
  type Guild,
  type GuildChannel,
  type Member,
  type Role,
} from '#shared/domain/guild/entities.ts'
import type { GuildState } from '#shared/domain/guild/guild-state.ts'
import { compareIds } from '#shared/kernel/ids.ts'
import { guildEmojiObject } from './emoji.ts'
import { userObject } from './user.ts'

export const roleObject = (role: Role) => ({
  id: role.id,
  name: role.name,
  description: null,
  color: role.color,
  colors: { primary_color: role.color, secondary_color: null, tertiary_color: null },
  hoist: role.hoist,
  icon: role.icon,
  unicode_emoji: role.unicode_emoji,
  position: role.position,
  permissions: role.permissions,
  managed: role.managed,
  mentionable: role.mentionable,
  flags: role.flags,
  ...(role.bot_id ? { tags: { bot_id: role.bot_id } } : {}),
})

/** Fields that only some channel types have are sent to those alone: discord.py wants bitrate on voice channels. */
export const guildChannelObject = (
  channel: GuildChannel,
  guildId: string,
  lastMessageId?: string | null,
) => ({
  id: channel.id,
  type: channel.type,
  guild_id: guildId,
  name: channel.name,
  position: channel.position,
  permission_overwrites: channel.permission_overwrites,
  parent_id: channel.parent_id,
  nsfw: channel.nsfw,
  flags: channel.flags,
  ...(channel.type === ChannelType.CATEGORY
    ? {}
    : {
        topic: channel.topic,
        last_pin_timestamp: channel.last_pin_timestamp,
        rate_limit_per_user: channel.rate_limit_per_user,
        ...(lastMessageId === undefined ? {} : { last_message_id: lastMessageId }),
      }),
  ...(channel.type === ChannelType.VOICE
    ? { bitrate: channel.bitrate ?? 64_000, user_limit: channel.user_limit ?? 0, rtc_region: null }
    : {}),
})

export const memberObject = (member: Member) => ({
  user: userObject(member.user),
  ...memberWithoutUser(member),
})

/** As messages carry it: the author stands beside it. */
export const memberWithoutUser = (member: Member) => ({
  nick: member.nick,
  avatar: member.avatar,
  banner: null,
  roles: member.roles,
  joined_at: member.joined_at,
  premium_since: null,
  deaf: member.deaf,
  mute: member.mute,
  pending: false,
  flags: member.flags,
  communication_disabled_until: member.communication_disabled_until,
})

/** The guild's own fields with its roles, in the order clients show them. */
export const guildObject = (guild: Guild, roles: Iterable<Role>) => ({
  ...guild,
  icon_hash: null,
  home_header: null,
  splash: null,
  discovery_splash: null,
  region: 'deprecated',
  application_id: null,
  default_message_notifications: guild.default_message_notifications,
  // Events in the log may be older than emojis.
  emojis: (guild.emojis ?? []).map(guildEmojiObject),
  stickers: [],
  widget_enabled: false,
  widget_channel_id: null,
  max_presences: null,
  max_members: 500_000,
  max_video_channel_users: 25,
  max_stage_video_channel_users: 50,
  vanity_url_code: null,
  premium_tier: 0,
  premium_subscription_count: 0,
  premium_progress_bar_enabled: false,
  safety_alerts_channel_id: null,
  hub_type: null,
  latest_onboarding_question_id: null,
  incidents_data: null,
  nsfw: false,
  owner_configured_content_level: 0,
  roles: sortedRoles(roles).map(roleObject),
})

export const sortedRoles = (roles: Iterable<Role>): Role[] =>
  [...roles].sort((a, b) => a.position - b.position || compareIds(a.id, b.id))

export const sortedChannels = (channels: Iterable<GuildChannel>): GuildChannel[] =>
  [...channels].sort((a, b) => a.position - b.position || compareIds(a.id, b.id))

/** What GUILD_CREATE adds besides channels, members and presences. */
export const guildCreateExtras = (state: GuildState, self: Member) => ({
  joined_at: self.joined_at,
  unavailable: false,
  member_count: state.members.size,
  voice_states: [],
  threads: [],
  stage_instances: [],
  guild_scheduled_events: [],
  soundboard_sounds: [],
})
