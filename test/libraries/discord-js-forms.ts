import type {
  Guild,
  GuildBan,
  GuildBasedChannel,
  GuildEmoji,
  GuildMember,
  Invite,
  Message,
  Presence,
  Role,
  User,
} from 'discord.js'
import type { Form } from './library.ts'

export const userForm = (user: User): Form => ({ id: user.id, username: user.username, bot: user.bot })

export const guildForm = (guild: Guild): Form => ({
  id: guild.id,
  name: guild.name,
  ownerId: guild.ownerId,
  memberCount: guild.memberCount,
  systemChannelId: guild.systemChannelId,
  channelIds: [...guild.channels.cache.keys()].sort(),
  memberIds: [...guild.members.cache.keys()].sort(),
  roleIds: [...guild.roles.cache.keys()].sort(),
})

export const channelForm = (channel: GuildBasedChannel): Form => ({
  id: channel.id,
  name: channel.name,
  type: channel.type,
  guildId: channel.guildId,
  parentId: channel.parentId ?? undefined,
  topic: 'topic' in channel ? (channel.topic ?? undefined) : undefined,
  nsfw: 'nsfw' in channel ? channel.nsfw : undefined,
  slowMode: 'rateLimitPerUser' in channel ? channel.rateLimitPerUser : undefined,
  position: 'rawPosition' in channel ? channel.rawPosition : undefined,
  overwrites:
    'permissionOverwrites' in channel
      ? channel.permissionOverwrites.cache.map(({ id, type, allow, deny }) => ({
          id,
          type,
          allow: allow.bitfield,
          deny: deny.bitfield,
        }))
      : [],
})

export const roleForm = (role: Role): Form => ({
  id: role.id,
  name: role.name,
  color: role.colors.primaryColor,
  hoist: role.hoist,
  mentionable: role.mentionable,
  permissions: role.permissions.bitfield,
  position: role.rawPosition,
})

export const memberForm = (member: GuildMember): Form => ({
  id: member.id,
  nick: member.nickname ?? undefined,
  roles: [...member.roles.cache.keys()].filter((id) => id !== member.guild.id).sort(),
  timedOut: member.isCommunicationDisabled(),
})

export const messageForm = (message: Message): Form => ({
  id: message.id,
  channelId: message.channelId,
  guildId: message.guildId ?? undefined,
  authorId: message.author.id,
  content: message.content,
  type: message.type,
  pinned: message.pinned,
  edited: message.editedTimestamp !== null,
  embeds: message.embeds.map(({ title, description, color }) => ({ title, description, color })),
  files: message.attachments.map(({ name, size, url }) => ({ name, size, url })),
  mentions: [...message.mentions.users.keys()].sort(),
  mentionEveryone: message.mentions.everyone,
  mentionRoles: [...message.mentions.roles.keys()],
  repliesTo: message.reference?.messageId,
  reactions: message.reactions.cache.map(({ emoji, count, me }) => ({
    emoji: emoji.id ?? emoji.name,
    count,
    me,
  })),
})

export const emojiForm = (emoji: GuildEmoji): Form => ({
  id: emoji.id,
  name: emoji.name,
  animated: emoji.animated,
})

export const inviteForm = (invite: Invite): Form => ({
  code: invite.code,
  channelId: invite.channelId,
  inviterId: invite.inviterId ?? undefined,
  maxAge: invite.maxAge ?? undefined,
  maxUses: invite.maxUses ?? undefined,
  temporary: invite.temporary ?? undefined,
})

export const banForm = (ban: GuildBan): Form => ({ userId: ban.user.id, reason: ban.reason ?? undefined })

export const presenceForm = (presence: Presence): Form => ({
  userId: presence.userId,
  status: presence.status,
  activities: presence.activities.map(({ name }) => name),
})
