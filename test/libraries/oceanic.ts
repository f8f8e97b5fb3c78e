import { Client, type Guild, type IntentNames } from 'oceanic.js'
import { emitted } from '#test/support/emitted.ts'
import { dataUri } from '#test/support/pictures.ts'
import { type ChannelForm, type Connects, type Form, type Library, listen, type RoleForm } from './library.ts'
import { oceanicEvents } from './oceanic-events.ts'
import * as form from './oceanic-forms.ts'

const INTENTS: IntentNames[] = [
  'GUILDS',
  'GUILD_MEMBERS',
  'GUILD_MODERATION',
  'GUILD_EXPRESSIONS',
  'GUILD_INVITES',
  'GUILD_PRESENCES',
  'GUILD_MESSAGES',
  'GUILD_MESSAGE_REACTIONS',
  'GUILD_MESSAGE_TYPING',
  'DIRECT_MESSAGES',
  'DIRECT_MESSAGE_REACTIONS',
  'DIRECT_MESSAGE_TYPING',
  'MESSAGE_CONTENT',
]
const TROUBLE = /missing|undefined|rogue|not found|timeout|rate ?limit|unknown/i

/** oceanic.js 1.15. */
export const oceanic: Connects = (setting) => {
  const client = new Client({
    auth: `Bot ${setting.token}`,
    rest: { baseURL: `${setting.http}/api/v10` },
    allowedMentions: { users: true, roles: true, everyone: true, repliedUser: true },
    gateway: {
      intents: INTENTS,
      maxShards: setting.shards,
      concurrency: 'auto',
      getAllUsers: true,
      ...(setting.compress ? { compress: 'zlib-stream', compressLibrary: 'native' } : {}),
    },
  })
  listen(client, oceanicEvents(setting))
  for (const event of ['warn', 'error', 'rateLimited'])
    listen(client, { [event]: (about: unknown) => setting.complains(event, about) })
  client.on('debug', (said) => {
    if (TROUBLE.test(said)) setting.complains('debug', said)
  })
  return {
    ...calls(client, setting.guildId),
    ...caches(client, setting.guildId),
    async login() {
      const ready = emitted(client, 'ready')
      await client.connect()
      await ready
    },
    shards: () => client.shards.filter(({ status }) => status === 'ready').map(({ id }) => id),
    cut(shard) {
      client.shards.get(shard)?.ws?.terminate()
    },
    async disconnect() {
      client.disconnect(false)
    },
  }
}

const found = <T>(thing: T | undefined, of: (thing: T) => Form): Form | undefined => thing && of(thing)

function caches(client: Client, guildId: string): Pick<Library, 'caches'> {
  const guild = () => client.guilds.get(guildId) as Guild
  return {
    caches: {
      guild: () => found(guild(), form.guildForm),
      guildIds: () => [...client.guilds.keys()],
      channel: (id) => found(guild().channels.get(id), form.channelForm),
      role: (id) => found(guild().roles.get(id), form.roleForm),
      member: (id) => found(guild().members.get(id), form.memberForm),
      emoji: (id) => found(guild().emojis.get(id), form.emojiForm),
    },
  }
}

const channelOptions = ({ slowMode, parentId, name, topic }: ChannelForm) => ({
  ...(name === undefined ? {} : { name }),
  ...(topic === undefined ? {} : { topic }),
  ...(slowMode === undefined ? {} : { rateLimitPerUser: slowMode }),
  ...(parentId === undefined ? {} : { parentID: parentId }),
})

const roleOptions = ({ color, permissions, ...rest }: RoleForm) => ({
  ...rest,
  ...(color === undefined ? {} : { colors: { primaryColor: color } }),
  ...(permissions === undefined ? {} : { permissions: String(permissions) }),
})

function calls(client: Client, guildId: string) {
  const { channels, guilds, users, oauth } = client.rest
  return {
    self: async () => form.userForm(await oauth.getCurrentUser()),
    user: async (id) => form.userForm(await users.get(id)),
    fetchGuild: async () => form.guildForm(await guilds.get(guildId)),
    editGuild: async ({ name, systemChannelId }) =>
      form.guildForm(
        await guilds.edit(guildId, {
          name,
          ...(systemChannelId ? { systemChannelID: systemChannelId } : {}),
        }),
      ),

    createChannel: async ({ type, name, nsfw, ...rest }, reason) =>
      form.channelForm(
        await guilds.createChannel(guildId, type, {
          ...channelOptions(rest),
          name,
          ...(nsfw === undefined ? {} : { nsfw }),
          reason,
        }),
      ),
    editChannel: async (id, options) => form.channelForm(await channels.edit(id, channelOptions(options))),
    fetchChannel: async (id) => form.channelForm(await channels.get(id)),
    channels: async () => (await guilds.getChannels(guildId)).map(form.channelForm),
    moveChannels: (positions) => guilds.editChannelPositions(guildId, [...positions]),
    deleteChannel: (id) => channels.delete(id),
    putOverwrite: (channelId, { id, ...options }) => channels.editPermission(channelId, id, options),
    deleteOverwrite: (channelId, targetId) => channels.deletePermission(channelId, targetId),

    createRole: async (options, reason) =>
      form.roleForm(await guilds.createRole(guildId, { ...roleOptions(options), reason })),
    editRole: async (id, options) => form.roleForm(await guilds.editRole(guildId, id, roleOptions(options))),
    moveRoles: (positions) => guilds.editRolePositions(guildId, [...positions]),
    roles: async () => (await guilds.getRoles(guildId)).map(form.roleForm),
    deleteRole: (id) => guilds.deleteRole(guildId, id),
    grantRole: (userId, roleId) => guilds.addMemberRole(guildId, userId, roleId),
    revokeRole: (userId, roleId) => guilds.removeMemberRole(guildId, userId, roleId),

    fetchMember: async (userId) => form.memberForm(await guilds.getMember(guildId, userId)),
    listMembers: async () => (await guilds.getMembers(guildId, { limit: 100 })).map(form.memberForm),
    searchMembers: async (query) =>
      (await guilds.searchMembers(guildId, { query, limit: 10 })).map(form.memberForm),
    chunks: async (query) =>
      (
        await (client.guilds.get(guildId) as Guild).requestMembers(
          query === 'all'
            ? {}
            : 'name' in query
              ? { query: query.name, limit: 10 }
              : { userIDs: [...query.ids] },
        )
      ).map(form.memberForm),
    editMember: async (userId, { timedOutFor, ...rest }) =>
      form.memberForm(
        await guilds.editMember(guildId, userId, {
          ...rest,
          ...(timedOutFor === undefined ? {} : { communicationDisabledUntil: until(timedOutFor) }),
        }),
      ),
    kick: (userId, reason) => guilds.removeMember(guildId, userId, reason),
    ban: (userId, { deleteSeconds, reason }) =>
      guilds.createBan(guildId, userId, { deleteMessageSeconds: deleteSeconds, reason }),
    bulkBan: async (userIds) => {
      const { bannedUsers, failedUsers } = await guilds.bulkBan(guildId, { userIDs: [...userIds] })
      return { banned: bannedUsers, failed: failedUsers }
    },
    unban: (userId) => guilds.removeBan(guildId, userId),
    fetchBan: async (userId) => form.banForm(await guilds.getBan(guildId, userId)),
    bans: async () => (await guilds.getBans(guildId)).map(form.banForm),
    auditLog: async (actionType) =>
      (await guilds.getAuditLog(guildId, { actionType })).entries.map(form.entryForm),

    createInvite: async (channelId, options) =>
      form.inviteForm(await channels.createInvite(channelId, { ...options, unique: true })),
    fetchInvite: async (code) => form.inviteForm(await channels.getInvite(code)),
    guildInvites: async () => (await guilds.getInvites(guildId)).map(form.inviteForm),
    channelInvites: async (channelId) => (await channels.getInvites(channelId)).map(form.inviteForm),
    deleteInvite: (code) => channels.deleteInvite(code),

    createEmoji: async ({ name, image, type }) =>
      form.emojiForm(await guilds.createEmoji(guildId, { name, image: dataUri(image, type) })),
    editEmoji: async (id, name) => form.emojiForm(await guilds.editEmoji(guildId, id, { name })),
    fetchEmoji: async (id) => form.emojiForm(await guilds.getEmoji(guildId, id)),
    emojis: async () => (await guilds.getEmojis(guildId)).map(form.emojiForm),
    deleteEmoji: (id) => guilds.deleteEmoji(guildId, id),

    send: async (channelId, { content, replyTo, embed, files = [], mentions }) =>
      form.messageForm(
        await channels.createMessage(channelId, {
          ...(content === undefined ? {} : { content }),
          ...(replyTo ? { messageReference: { messageID: replyTo.messageId } } : {}),
          ...(embed ? { embeds: [embed] } : {}),
          files: files.map(({ name, bytes }) => ({ name, contents: bytes })),
          ...(mentions
            ? { allowedMentions: { users: [...mentions.users], everyone: mentions.everyone, roles: false } }
            : {}),
        }),
      ),
    editMessage: async (channelId, id, content) =>
      form.messageForm(await channels.editMessage(channelId, id, { content })),
    fetchMessage: async (channelId, id) => form.messageForm(await channels.getMessage(channelId, id)),
    history: async (channelId, page) => (await channels.getMessages(channelId, page)).map(form.messageForm),
    deleteMessage: (channelId, id) => channels.deleteMessage(channelId, id),
    deleteMessages: (channelId, ids) => channels.deleteMessages(channelId, [...ids]),
    pin: (channelId, id) => channels.pinMessage(channelId, id),
    unpin: (channelId, id) => channels.unpinMessage(channelId, id),
    pins: async (channelId) =>
      (await channels.getPins(channelId)).map(({ message }) => form.messageForm(message)),
    react: (channelId, id, emoji) => channels.createReaction(channelId, id, emoji),
    reactionUsers: async (channelId, id, emoji) =>
      (await channels.getReactions(channelId, id, emoji)).map(form.userForm),
    removeReaction: (channelId, id, emoji, userId) => channels.deleteReaction(channelId, id, emoji, userId),
    clearEmoji: (channelId, id, emoji) => channels.deleteReactions(channelId, id, emoji),
    clearReactions: (channelId, id) => channels.deleteReactions(channelId, id),
    typing: (channelId) => channels.sendTyping(channelId),
    openDm: async (userId) => {
      const { id, type } = await channels.createDM(userId)
      return { id, type }
    },
    setPresence: (status, name) => client.editStatus(status, [{ name, type: 0 }]),
  } satisfies Partial<Library>
}

const until = (seconds: number | null): string | null =>
  seconds === null ? null : new Date(Date.now() + seconds * 1000).toISOString()
