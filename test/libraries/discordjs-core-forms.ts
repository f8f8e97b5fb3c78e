import { emojiChanges } from './emoji-changes.ts'
import type { Form, Setting } from './library.ts'

// biome-ignore lint/suspicious/noExplicitAny: it gives what the wire says
export type Json = any

export const userForm = ({ id, username, bot = false }: Json): Form => ({ id, username, bot })

export const guildForm = (guild: Json): Form => ({
  id: guild.id,
  name: guild.name,
  ownerId: guild.owner_id,
  systemChannelId: guild.system_channel_id,
})

export const channelForm = (channel: Json): Form => ({
  id: channel.id,
  name: channel.name,
  type: channel.type,
  guildId: channel.guild_id,
  parentId: channel.parent_id ?? undefined,
  topic: channel.topic ?? undefined,
  nsfw: channel.nsfw,
  slowMode: channel.rate_limit_per_user,
  position: channel.position,
  overwrites: (channel.permission_overwrites ?? []).map(({ id, type, allow, deny }: Json) => ({
    id,
    type,
    allow: BigInt(allow),
    deny: BigInt(deny),
  })),
})

export const roleForm = (role: Json): Form => ({ ...role, permissions: BigInt(role.permissions) })

export const memberForm = (member: Json): Form => ({
  id: member.user.id,
  nick: member.nick ?? undefined,
  roles: [...(member.roles ?? [])].sort(),
  timedOut: Date.parse(member.communication_disabled_until ?? '') > Date.now(),
})

export const messageForm = (message: Json): Form => ({
  id: message.id,
  channelId: message.channel_id,
  guildId: message.guild_id,
  authorId: message.author.id,
  content: message.content,
  type: message.type,
  pinned: message.pinned,
  edited: message.edited_timestamp !== null,
  embeds: message.embeds,
  files: message.attachments.map(({ filename, size, url }: Json) => ({ name: filename, size, url })),
  mentions: message.mentions.map(({ id }: Json) => id).sort(),
  mentionEveryone: message.mention_everyone,
  mentionRoles: message.mention_roles,
  repliesTo: message.message_reference?.message_id,
  reactions: (message.reactions ?? []).map(({ emoji, count, me }: Json) => ({
    emoji: emojiOf(emoji),
    count,
    me,
  })),
})

export const inviteForm = (invite: Json): Form => ({
  code: invite.code,
  channelId: invite.channel_id ?? invite.channel?.id,
  maxAge: invite.max_age,
  maxUses: invite.max_uses,
  temporary: invite.temporary,
})

export const banForm = ({ user, reason }: Json): Form => ({ userId: user.id, reason: reason ?? undefined })

export const entryForm = ({ action_type, user_id, target_id, reason }: Json): Form => ({
  action: action_type,
  userId: user_id,
  targetId: target_id,
  reason: reason ?? undefined,
})

const emojiOf = ({ id, name }: Json) => id ?? name
const reactionForm = ({ message_id, emoji, user_id }: Json): Form => ({
  id: message_id,
  ...(emoji ? { emoji: emojiOf(emoji) } : {}),
  userId: user_id,
})

const FORMS: Readonly<Record<string, (d: Json) => Form>> = {
  GUILD_UPDATE: guildForm,
  CHANNEL_CREATE: channelForm,
  CHANNEL_UPDATE: channelForm,
  CHANNEL_DELETE: channelForm,
  CHANNEL_PINS_UPDATE: (d) => ({ id: d.channel_id, any: (d.last_pin_timestamp ?? null) !== null }),
  GUILD_ROLE_CREATE: ({ role }) => roleForm(role),
  GUILD_ROLE_UPDATE: ({ role }) => roleForm(role),
  GUILD_ROLE_DELETE: ({ role_id }) => ({ id: role_id }),
  GUILD_MEMBER_ADD: memberForm,
  GUILD_MEMBER_UPDATE: memberForm,
  GUILD_MEMBER_REMOVE: ({ user }) => ({ id: user.id }),
  GUILD_MEMBERS_CHUNK: ({ members }) => ({ memberIds: members.map(({ user }: Json) => user.id).sort() }),
  GUILD_BAN_ADD: ({ user }) => ({ userId: user.id }),
  GUILD_BAN_REMOVE: ({ user }) => ({ userId: user.id }),
  GUILD_AUDIT_LOG_ENTRY_CREATE: entryForm,
  INVITE_CREATE: inviteForm,
  INVITE_DELETE: inviteForm,
  MESSAGE_CREATE: messageForm,
  MESSAGE_UPDATE: messageForm,
  MESSAGE_DELETE: ({ id, channel_id }) => ({ id, channelId: channel_id }),
  MESSAGE_DELETE_BULK: ({ ids, channel_id }) => ({ channelId: channel_id, ids: [...ids].sort() }),
  MESSAGE_REACTION_ADD: reactionForm,
  MESSAGE_REACTION_REMOVE: reactionForm,
  MESSAGE_REACTION_REMOVE_ALL: reactionForm,
  MESSAGE_REACTION_REMOVE_EMOJI: reactionForm,
  TYPING_START: ({ channel_id, user_id }) => ({ channelId: channel_id, userId: user_id }),
  PRESENCE_UPDATE: ({ user, status, activities }) => ({
    userId: user.id,
    status,
    activities: activities.map(({ name }: Json) => name),
  }),
  USER_UPDATE: userForm,
}

/** What it emits, by event. */
export function coreEvents({ hears }: Setting) {
  const changes = emojiChanges()
  const told = Object.entries(FORMS).map(([t, of]) => [t, ({ data }: Json) => hears(t, of(data))] as const)
  return {
    ...Object.fromEntries(told),
    RESUMED: ({ shardId }: Json) => hears('RESUMED', { shard: shardId }),
    GUILD_EMOJIS_UPDATE: ({ data }: Json) => {
      for (const change of changes(data.emojis)) hears('GUILD_EMOJIS_UPDATE', change)
    },
  }
}
