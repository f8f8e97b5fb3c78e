import type Eris from 'eris'
import { emojiChanges } from './emoji-changes.ts'
import * as form from './eris-forms.ts'
import type { Setting } from './library.ts'

type Listeners = { [E in keyof Eris.ClientEvents]?: (...values: Eris.ClientEvents[E]) => void }

const emojiOf = ({ id, name }: Eris.PartialEmoji) => id ?? name

/** What eris emits, under the names of the wire. A shard tells of its resuming by itself: see `shardsOf`. */
export const erisEvents = ({ hears }: Setting, changes = emojiChanges()): Listeners => ({
  guildUpdate: (guild) => hears('GUILD_UPDATE', form.guildForm(guild)),
  channelCreate: (channel) => hears('CHANNEL_CREATE', form.channelForm(channel)),
  channelUpdate: (...[channel]) => hears('CHANNEL_UPDATE', form.channelForm(channel)),
  channelDelete: (channel) => hears('CHANNEL_DELETE', form.channelForm(channel)),
  channelPinUpdate: ({ id }, at) => hears('CHANNEL_PINS_UPDATE', { id, any: at !== null }),
  guildRoleCreate: (_, role) => hears('GUILD_ROLE_CREATE', form.roleForm(role)),
  guildRoleUpdate: (_, role) => hears('GUILD_ROLE_UPDATE', form.roleForm(role)),
  guildRoleDelete: (_, role) => hears('GUILD_ROLE_DELETE', form.roleForm(role)),
  guildMemberAdd: (_, member) => hears('GUILD_MEMBER_ADD', form.memberForm(member)),
  guildMemberUpdate: (_, member) => hears('GUILD_MEMBER_UPDATE', form.memberForm(member)),
  guildMemberRemove: (_, { id }) => hears('GUILD_MEMBER_REMOVE', { id }),
  guildMemberChunk: (_, members) =>
    hears('GUILD_MEMBERS_CHUNK', { memberIds: members.map(({ id }) => id).sort() }),
  guildBanAdd: (_, { id }) => hears('GUILD_BAN_ADD', { userId: id }),
  guildBanRemove: (_, { id }) => hears('GUILD_BAN_REMOVE', { userId: id }),
  guildAuditLogEntryCreate: (entry) => hears('GUILD_AUDIT_LOG_ENTRY_CREATE', form.entryForm(entry)),
  guildEmojisUpdate: (_, now) => {
    for (const change of changes(now)) hears('GUILD_EMOJIS_UPDATE', change)
  },
  inviteCreate: (_, invite) => hears('INVITE_CREATE', form.inviteForm(invite)),
  inviteDelete: (_, { code, channel }) => hears('INVITE_DELETE', { code, channelId: channel.id }),
  messageCreate: (message) => hears('MESSAGE_CREATE', form.messageForm(message as Eris.Message)),
  messageUpdate: (message) => hears('MESSAGE_UPDATE', form.messageForm(message as Eris.Message)),
  messageDelete: ({ id, channel }) => hears('MESSAGE_DELETE', { id, channelId: channel.id }),
  messageDeleteBulk: (messages) =>
    hears('MESSAGE_DELETE_BULK', {
      channelId: messages[0]?.channel.id,
      ids: messages.map(({ id }) => id).sort(),
    }),
  messageReactionAdd: ({ id }, emoji, reactor) =>
    hears('MESSAGE_REACTION_ADD', { id, emoji: emojiOf(emoji), userId: reactor.id }),
  messageReactionRemove: ({ id }, emoji, userId) =>
    hears('MESSAGE_REACTION_REMOVE', { id, emoji: emojiOf(emoji), userId }),
  messageReactionRemoveAll: ({ id }) => hears('MESSAGE_REACTION_REMOVE_ALL', { id }),
  messageReactionRemoveEmoji: ({ id }, emoji) =>
    hears('MESSAGE_REACTION_REMOVE_EMOJI', { id, emoji: emojiOf(emoji) }),
  typingStart: (...[channel, user]) => hears('TYPING_START', { channelId: channel.id, userId: user.id }),
  presenceUpdate: ({ id, status, activities = [] }) =>
    hears('PRESENCE_UPDATE', { userId: id, status, activities: activities.map(({ name }) => name) }),
  userUpdate: (user) => hears('USER_UPDATE', form.userForm(user)),
})
