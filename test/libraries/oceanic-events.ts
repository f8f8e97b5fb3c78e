import type { ClientEvents } from 'oceanic.js'
import { emojiChanges } from './emoji-changes.ts'
import type { Setting } from './library.ts'
import * as form from './oceanic-forms.ts'

type Listeners = { [E in keyof ClientEvents]?: (...values: ClientEvents[E]) => void }

interface Named {
  readonly id?: string | null
  readonly name?: string | null
}

const emojiOf = ({ id, name }: Named) => id ?? name

/** What oceanic.js emits, under the names of the wire. */
export const oceanicEvents = ({ hears }: Setting, changes = emojiChanges()): Listeners => ({
  guildUpdate: (guild) => hears('GUILD_UPDATE', form.guildForm(guild)),
  channelCreate: (channel) => hears('CHANNEL_CREATE', form.channelForm(channel)),
  channelUpdate: (channel) => hears('CHANNEL_UPDATE', form.channelForm(channel)),
  channelDelete: (channel) => hears('CHANNEL_DELETE', form.channelForm(channel)),
  channelPinsUpdate: ({ id }, at) => hears('CHANNEL_PINS_UPDATE', { id, any: at !== null }),
  guildRoleCreate: (role) => hears('GUILD_ROLE_CREATE', form.roleForm(role)),
  guildRoleUpdate: (role) => hears('GUILD_ROLE_UPDATE', form.roleForm(role)),
  guildRoleDelete: ({ id }) => hears('GUILD_ROLE_DELETE', { id }),
  guildMemberAdd: (member) => hears('GUILD_MEMBER_ADD', form.memberForm(member)),
  guildMemberUpdate: (member) => hears('GUILD_MEMBER_UPDATE', form.memberForm(member)),
  guildMemberRemove: ({ id }) => hears('GUILD_MEMBER_REMOVE', { id }),
  guildMemberChunk: (members) =>
    hears('GUILD_MEMBERS_CHUNK', { memberIds: members.map(({ id }) => id).sort() }),
  guildBanAdd: (_, { id }) => hears('GUILD_BAN_ADD', { userId: id }),
  guildBanRemove: (_, { id }) => hears('GUILD_BAN_REMOVE', { userId: id }),
  guildAuditLogEntryCreate: (_, entry) => hears('GUILD_AUDIT_LOG_ENTRY_CREATE', form.entryForm(entry)),
  guildEmojisUpdate: (_, now) => {
    for (const change of changes(now)) hears('GUILD_EMOJIS_UPDATE', change)
  },
  inviteCreate: (invite) => hears('INVITE_CREATE', form.inviteForm(invite)),
  inviteDelete: (invite) => hears('INVITE_DELETE', form.inviteForm(invite)),
  messageCreate: (message) => hears('MESSAGE_CREATE', form.messageForm(message)),
  messageUpdate: (message) => hears('MESSAGE_UPDATE', form.messageForm(message)),
  messageDelete: ({ id, channelID }) => hears('MESSAGE_DELETE', { id, channelId: channelID }),
  messageDeleteBulk: (messages) =>
    hears('MESSAGE_DELETE_BULK', {
      channelId: messages[0]?.channelID,
      ids: messages.map(({ id }) => id).sort(),
    }),
  messageReactionAdd: ({ id }, reactor, { emoji }) =>
    hears('MESSAGE_REACTION_ADD', { id, emoji: emojiOf(emoji), userId: reactor.id }),
  messageReactionRemove: ({ id }, reactor, { emoji }) =>
    hears('MESSAGE_REACTION_REMOVE', { id, emoji: emojiOf(emoji), userId: reactor.id }),
  messageReactionRemoveAll: ({ id }) => hears('MESSAGE_REACTION_REMOVE_ALL', { id }),
  messageReactionRemoveEmoji: ({ id }, emoji) =>
    hears('MESSAGE_REACTION_REMOVE_EMOJI', { id, emoji: emojiOf(emoji) }),
  typingStart: (...[channel, user]) => hears('TYPING_START', { channelId: channel.id, userId: user.id }),
  presenceUpdate: (_, { id }, { status, activities = [] }) =>
    hears('PRESENCE_UPDATE', { userId: id, status, activities: activities.map(({ name }) => name) }),
  userUpdate: (user) => hears('USER_UPDATE', form.userForm(user)),
  shardResume: (shard) => hears('RESUMED', { shard }),
})
