import { type ClientEvents, Events, type GuildBasedChannel, type GuildMember, type Message } from 'discord.js'
import * as form from './discord-js-forms.ts'
import type { Setting } from './library.ts'

type Listeners = { [E in keyof ClientEvents]?: (...values: ClientEvents[E]) => void }

/** What discord.js emits, under the names of the wire. */
export const discordJsEvents = ({ hears }: Setting): Listeners => ({
  [Events.GuildUpdate]: (_, guild) => hears('GUILD_UPDATE', form.guildForm(guild)),
  [Events.ChannelCreate]: (channel) => hears('CHANNEL_CREATE', form.channelForm(channel)),
  [Events.ChannelUpdate]: (_, channel) =>
    hears('CHANNEL_UPDATE', form.channelForm(channel as GuildBasedChannel)),
  [Events.ChannelDelete]: (channel) =>
    hears('CHANNEL_DELETE', form.channelForm(channel as GuildBasedChannel)),
  [Events.ChannelPinsUpdate]: ({ id }, at) => hears('CHANNEL_PINS_UPDATE', { id, any: at !== null }),
  [Events.GuildRoleCreate]: (role) => hears('GUILD_ROLE_CREATE', form.roleForm(role)),
  [Events.GuildRoleUpdate]: (_, role) => hears('GUILD_ROLE_UPDATE', form.roleForm(role)),
  [Events.GuildRoleDelete]: (role) => hears('GUILD_ROLE_DELETE', form.roleForm(role)),
  [Events.GuildMemberAdd]: (member) => hears('GUILD_MEMBER_ADD', form.memberForm(member)),
  [Events.GuildMemberUpdate]: (_, member) => hears('GUILD_MEMBER_UPDATE', form.memberForm(member)),
  [Events.GuildMemberRemove]: (member) =>
    hears('GUILD_MEMBER_REMOVE', form.memberForm(member as GuildMember)),
  [Events.GuildMembersChunk]: (members) =>
    hears('GUILD_MEMBERS_CHUNK', { memberIds: [...members.keys()].sort() }),
  [Events.GuildBanAdd]: ({ user }) => hears('GUILD_BAN_ADD', { userId: user.id }),
  [Events.GuildBanRemove]: ({ user }) => hears('GUILD_BAN_REMOVE', { userId: user.id }),
  [Events.GuildAuditLogEntryCreate]: ({ action, executorId, targetId, reason }) =>
    hears('GUILD_AUDIT_LOG_ENTRY_CREATE', {
      action,
      userId: executorId,
      targetId,
      reason: reason ?? undefined,
    }),
  [Events.GuildEmojiCreate]: ({ id, name }) => hears('GUILD_EMOJIS_UPDATE', { id, name, kind: 'created' }),
  [Events.GuildEmojiUpdate]: (_, { id, name }) => hears('GUILD_EMOJIS_UPDATE', { id, name, kind: 'updated' }),
  [Events.GuildEmojiDelete]: ({ id, name }) => hears('GUILD_EMOJIS_UPDATE', { id, name, kind: 'deleted' }),
  [Events.InviteCreate]: (invite) => hears('INVITE_CREATE', form.inviteForm(invite)),
  [Events.InviteDelete]: ({ code, channelId }) => hears('INVITE_DELETE', { code, channelId }),
  [Events.MessageCreate]: (message) => hears('MESSAGE_CREATE', form.messageForm(message)),
  [Events.MessageUpdate]: (_, message) => hears('MESSAGE_UPDATE', form.messageForm(message as Message)),
  [Events.MessageDelete]: ({ id, channelId }) => hears('MESSAGE_DELETE', { id, channelId }),
  [Events.MessageBulkDelete]: (messages, { id }) =>
    hears('MESSAGE_DELETE_BULK', { channelId: id, ids: [...messages.keys()].sort() }),
  [Events.MessageReactionAdd]: ({ message, emoji }, { id }) =>
    hears('MESSAGE_REACTION_ADD', { id: message.id, emoji: emoji.id ?? emoji.name, userId: id }),
  [Events.MessageReactionRemove]: ({ message, emoji }, { id }) =>
    hears('MESSAGE_REACTION_REMOVE', { id: message.id, emoji: emoji.id ?? emoji.name, userId: id }),
  [Events.MessageReactionRemoveAll]: ({ id }) => hears('MESSAGE_REACTION_REMOVE_ALL', { id }),
  [Events.MessageReactionRemoveEmoji]: ({ message, emoji }) =>
    hears('MESSAGE_REACTION_REMOVE_EMOJI', { id: message.id, emoji: emoji.id ?? emoji.name }),
  [Events.TypingStart]: ({ channel, user }) =>
    hears('TYPING_START', { channelId: channel.id, userId: user.id }),
  [Events.PresenceUpdate]: (_, presence) => hears('PRESENCE_UPDATE', form.presenceForm(presence)),
  [Events.UserUpdate]: (_, user) => hears('USER_UPDATE', form.userForm(user)),
  [Events.ShardResume]: (shard) => hears('RESUMED', { shard }),
})
