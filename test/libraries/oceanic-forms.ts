import type { AuditLogEntry, Guild, Member, Message, Role, User } from 'oceanic.js'
import type { Form } from './library.ts'

/** Fields that only some kinds of channel have. */
interface Channel {
  readonly id: string
  readonly type: number
  readonly guildID?: string
  readonly name?: string | null
  readonly parentID?: string | null
  readonly topic?: string | null
  readonly nsfw?: boolean
  readonly rateLimitPerUser?: number
  readonly position?: number
  readonly permissionOverwrites?: ReadonlyMap<
    string,
    { id: string; type: number; allow: bigint; deny: bigint }
  >
}

interface Invite {
  readonly code: string
  readonly channelID?: string | null
  readonly channel?: { readonly id: string } | null
  readonly maxAge?: number
  readonly maxUses?: number
  readonly temporary?: boolean
}

export const userForm = (user: User): Form => ({ id: user.id, username: user.username, bot: user.bot })

export const guildForm = (guild: Guild): Form => ({
  id: guild.id,
  name: guild.name,
  ownerId: guild.ownerID,
  memberCount: guild.memberCount,
  systemChannelId: guild.systemChannelID,
  channelIds: [...guild.channels.keys()].sort(),
  memberIds: [...guild.members.keys()].sort(),
  roleIds: [...guild.roles.keys()].sort(),
})

export const channelForm = (anyChannel: object): Form => {
  const channel = anyChannel as Channel
  return {
    id: channel.id,
    name: channel.name,
    type: channel.type,
    guildId: channel.guildID,
    parentId: channel.parentID ?? undefined,
    topic: channel.topic ?? undefined,
    nsfw: channel.nsfw,
    slowMode: channel.rateLimitPerUser,
    position: channel.position,
    overwrites: [...(channel.permissionOverwrites?.values() ?? [])].map(({ id, type, allow, deny }) => ({
      id,
      type,
      allow,
      deny,
    })),
  }
}

export const roleForm = (role: Role): Form => ({
  id: role.id,
  name: role.name,
  color: role.colors.primaryColor,
  hoist: role.hoist,
  mentionable: role.mentionable,
  permissions: role.permissions.allow,
  position: role.position,
})

export const memberForm = (member: Member): Form => ({
  id: member.id,
  nick: member.nick ?? undefined,
  roles: [...member.roles].sort(),
  timedOut: (member.communicationDisabledUntil?.getTime() ?? 0) > Date.now(),
})

export const messageForm = (message: Message): Form => ({
  id: message.id,
  channelId: message.channelID,
  guildId: message.guildID ?? undefined,
  authorId: message.author.id,
  content: message.content,
  type: message.type,
  pinned: message.pinned,
  edited: message.editedTimestamp !== null,
  embeds: message.embeds.map(({ title, description, color }) => ({ title, description, color })),
  files: message.attachments.map(({ filename, size, url }) => ({ name: filename, size, url })),
  mentions: message.mentions.users.map(({ id }) => id).sort(),
  mentionEveryone: message.mentions.everyone,
  mentionRoles: message.mentions.roles,
  repliesTo: message.messageReference?.messageID,
  reactions: message.reactions.map(({ emoji, count, me }) => ({ emoji: emoji.id ?? emoji.name, count, me })),
})

export const emojiForm = ({
  id,
  name,
  animated,
}: {
  id: string
  name: string
  animated?: boolean
}): Form => ({
  id,
  name,
  animated,
})

export const inviteForm = (anyInvite: object): Form => {
  const invite = anyInvite as Invite
  return {
    code: invite.code,
    channelId: invite.channelID ?? invite.channel?.id,
    maxAge: invite.maxAge,
    maxUses: invite.maxUses,
    temporary: invite.temporary,
  }
}

export const banForm = ({ user, reason }: { user: User; reason: string | null }): Form => ({
  userId: user.id,
  reason: reason ?? undefined,
})

export const entryForm = ({ actionType, userID, targetID, reason }: AuditLogEntry): Form => ({
  action: actionType,
  userId: userID,
  targetId: targetID,
  reason: reason ?? undefined,
})
