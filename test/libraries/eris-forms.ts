import type { AnyChannel, Guild, GuildAuditLogEntry, Invite, Member, Message, Role, User } from 'eris'
import type { Form } from './library.ts'

/** Fields that only some kinds of channel have. */
interface Channel {
  readonly id: string
  readonly type: number
  readonly guild?: { readonly id: string }
  readonly name?: string
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

export const channelForm = (anyChannel: AnyChannel): Form => {
  const channel = anyChannel as unknown as Channel
  return {
    id: channel.id,
    name: channel.name,
    type: channel.type,
    guildId: channel.guild?.id,
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
  color: role.color,
  hoist: role.hoist,
  mentionable: role.mentionable,
  permissions: role.permissions.allow,
  position: role.position,
})

export const memberForm = (member: Member): Form => ({
  id: member.id,
  nick: member.nick ?? undefined,
  roles: [...member.roles].sort(),
  timedOut: (member.communicationDisabledUntil ?? 0) > Date.now(),
})

export const messageForm = (message: Message): Form => ({
  id: message.id,
  channelId: message.channel.id,
  guildId: message.guildID,
  authorId: message.author.id,
  content: message.content,
  type: message.type,
  pinned: message.pinned,
  edited: (message.editedTimestamp ?? null) !== null,
  embeds: message.embeds.map(({ title, description, color }) => ({ title, description, color })),
  files: message.attachments.map(({ filename, size, url }) => ({ name: filename, size, url })),
  mentions: message.mentions.map(({ id }) => id).sort(),
  mentionEveryone: message.mentionEveryone,
  mentionRoles: message.roleMentions,
  repliesTo: message.messageReference?.messageID,
  reactions: Object.entries(message.reactions).map(([emoji, { count, me }]) => ({
    emoji: emoji.split(':').at(-1),
    count,
    me,
  })),
})

export const emojiForm = ({ id, name, animated }: { id: string; name: string; animated: boolean }): Form => ({
  id,
  name,
  animated,
})

export const inviteForm = (invite: Invite): Form => ({
  code: invite.code,
  channelId: invite.channel.id,
  inviterId: invite.inviter?.id,
  maxAge: invite.maxAge ?? undefined,
  maxUses: invite.maxUses ?? undefined,
  temporary: invite.temporary ?? undefined,
})

export const banForm = ({ user, reason }: { user: User; reason?: string }): Form => ({
  userId: user.id,
  reason: reason ?? undefined,
})

export const entryForm = ({ actionType, user, targetID, reason }: GuildAuditLogEntry): Form => ({
  action: actionType,
  userId: user.id,
  targetId: targetID,
  reason: reason ?? undefined,
})
