import { Agent } from 'node:https'
import Eris from 'eris'
import { emitted } from '#test/support/emitted.ts'
import { dataUri } from '#test/support/pictures.ts'
import { CERTIFICATE } from '#test/support/tls-proxy.ts'
import { erisEvents } from './eris-events.ts'
import * as form from './eris-forms.ts'
import { type ChannelForm, type Connects, type Form, type Library, listen } from './library.ts'

const INTENTS: Eris.IntentStrings[] = [
  'guilds',
  'guildMembers',
  'guildBans',
  'guildEmojisAndStickers',
  'guildInvites',
  'guildPresences',
  'guildMessages',
  'guildMessageReactions',
  'guildMessageTyping',
  'directMessages',
  'directMessageReactions',
  'directMessageTyping',
  'messageContent',
]
const TROUBLE = /missing|undefined in|rogue|not found|unclean|timeout|invalid/i

/** eris 0.18, which speaks nothing but TLS. It compresses with `zlib-sync` or `pako`. */
export const eris: Connects = (setting) => {
  const client = Eris(`Bot ${setting.token}`, {
    intents: INTENTS,
    rest: {
      domain: 'localhost',
      baseURL: '/api/v10',
      agent: new Agent({ port: setting.tlsPort, ca: CERTIFICATE }),
    },
    ws: { ca: CERTIFICATE },
    compress: setting.compress,
    maxShards: setting.shards,
    shardConcurrency: 'auto',
    getAllUsers: true,
    restMode: true,
  })
  listen(client, erisEvents(setting))
  let isCut = false
  for (const event of ['warn', 'error', 'unknown'] as const)
    listen(client, {
      [event]: (about: unknown) => {
        // A connection that is cut off is an error to it, as it should be.
        if (!isCut || !String(about).includes('reset by peer')) setting.complains(event, about)
      },
    })
  client.on('debug', (said) => {
    if (TROUBLE.test(said) && !(isCut && /unclean/i.test(said))) setting.complains('debug', said)
  })
  return {
    ...calls(client, setting.guildId),
    ...caches(client, setting.guildId),
    async login() {
      const ready = emitted(client, 'ready')
      await client.connect()
      await ready
      for (const [id, shard] of client.shards)
        shard.on('resume', () => setting.hears('RESUMED', { shard: id }))
      if (setting.compress && !client.options.compress) throw new Error('it has found no zlib-sync')
    },
    shards: () => client.shards.filter(({ ready }) => ready).map(({ id }) => id),
    cut(shard) {
      isCut = true
      ;(client.shards.get(shard) as unknown as { ws: { terminate(): void } }).ws.terminate()
    },
    async disconnect() {
      client.disconnect({ reconnect: false })
    },
  }
}

const found = <T>(thing: T | undefined, of: (thing: T) => Form): Form | undefined => thing && of(thing)

function caches(client: Eris.Client, guildId: string): Pick<Library, 'caches'> {
  const guild = () => client.guilds.get(guildId) as Eris.Guild
  return {
    caches: {
      guild: () => found(guild(), form.guildForm),
      guildIds: () => client.guilds.map(({ id }) => id),
      channel: (id) => found(guild().channels.get(id), form.channelForm),
      role: (id) => found(guild().roles.get(id), form.roleForm),
      member: (id) => found(guild().members.get(id), form.memberForm),
      emoji: (id) =>
        found(
          guild().emojis.find((emoji) => emoji.id === id),
          form.emojiForm,
        ),
    },
  }
}

const channelOptions = ({ slowMode, parentId, name, topic, nsfw }: ChannelForm) => ({
  ...(name === undefined ? {} : { name }),
  ...(topic === undefined ? {} : { topic }),
  ...(nsfw === undefined ? {} : { nsfw }),
  ...(slowMode === undefined ? {} : { rateLimitPerUser: slowMode }),
  ...(parentId === undefined ? {} : { parentID: parentId }),
})

function calls(client: Eris.Client, guildId: string) {
  return {
    self: async () => form.userForm(await client.getSelf()),
    user: async (id) => form.userForm(await client.getRESTUser(id)),
    fetchGuild: async () => form.guildForm(await client.getRESTGuild(guildId)),
    editGuild: async ({ name, systemChannelId }) =>
      form.guildForm(
        await client.editGuild(guildId, {
          name,
          ...(systemChannelId ? { systemChannelID: systemChannelId } : {}),
        }),
      ),

    createChannel: async ({ type, name, ...rest }, reason) =>
      form.channelForm(await client.createChannel(guildId, name, type, { ...channelOptions(rest), reason })),
    editChannel: async (id, options) =>
      form.channelForm((await client.editChannel(id, channelOptions(options))) as Eris.AnyGuildChannel),
    fetchChannel: async (id) => form.channelForm(await client.getRESTChannel(id)),
    channels: async () => (await client.getRESTGuildChannels(guildId)).map(form.channelForm),
    moveChannels: (positions) => client.editChannelPositions(guildId, [...positions]),
    deleteChannel: (id) => client.deleteChannel(id),
    putOverwrite: (channelId, { id, type, allow, deny }) =>
      client.editChannelPermission(channelId, id, allow, deny, type),
    deleteOverwrite: (channelId, targetId) => client.deleteChannelPermission(channelId, targetId),

    // Eris writes into the options that it is given.
    createRole: async (options, reason) =>
      form.roleForm(await client.createRole(guildId, { ...options }, reason)),
    editRole: async (id, options) => form.roleForm(await client.editRole(guildId, id, { ...options })),
    // It moves the others out of the way by itself.
    moveRoles: ([{ id, position }]) => client.editRolePosition(guildId, id, position),
    roles: async () => (await client.getRESTGuildRoles(guildId)).map(form.roleForm),
    deleteRole: (id) => client.deleteRole(guildId, id),
    grantRole: (userId, roleId) => client.addGuildMemberRole(guildId, userId, roleId),
    revokeRole: (userId, roleId) => client.removeGuildMemberRole(guildId, userId, roleId),

    fetchMember: async (userId) => form.memberForm(await client.getRESTGuildMember(guildId, userId)),
    listMembers: async () => (await client.getRESTGuildMembers(guildId, { limit: 100 })).map(form.memberForm),
    searchMembers: async (query) =>
      (await client.searchGuildMembers(guildId, query, 10)).map(form.memberForm),
    chunks: async (query) =>
      (
        await (client.guilds.get(guildId) as Eris.Guild).fetchMembers(
          query === 'all'
            ? {}
            : 'name' in query
              ? { query: query.name, limit: 10 }
              : { userIDs: [...query.ids] },
        )
      ).map(form.memberForm),
    editMember: async (userId, { timedOutFor, ...rest }) =>
      form.memberForm(
        await client.editGuildMember(guildId, userId, {
          ...rest,
          ...(timedOutFor === undefined
            ? {}
            : {
                communicationDisabledUntil:
                  timedOutFor === null ? null : new Date(Date.now() + timedOutFor * 1000),
              }),
        }),
      ),
    kick: (userId, reason) => client.kickGuildMember(guildId, userId, reason),
    ban: (userId, { deleteSeconds, reason }) =>
      client.banGuildMember(guildId, userId, { deleteMessageSeconds: deleteSeconds, reason }),
    bulkBan: async (userIds) => {
      const { banned_users: banned, failed_users: failed } = await client.bulkBanGuildMembers(guildId, {
        userIDs: [...userIds],
      })
      return { banned, failed }
    },
    unban: (userId) => client.unbanGuildMember(guildId, userId),
    fetchBan: async (userId) => form.banForm(await client.getGuildBan(guildId, userId)),
    bans: async () => (await client.getGuildBans(guildId)).map(form.banForm),
    auditLog: async (actionType) =>
      (await client.getGuildAuditLog(guildId, { actionType })).entries.map(form.entryForm),

    createInvite: async (channelId, options) =>
      form.inviteForm(
        (await client.createChannelInvite(channelId, { ...options, unique: true })) as unknown as Eris.Invite,
      ),
    fetchInvite: async (code) => form.inviteForm((await client.getInvite(code)) as unknown as Eris.Invite),
    guildInvites: async () => (await client.getGuildInvites(guildId)).map(form.inviteForm),
    channelInvites: async (channelId) => (await client.getChannelInvites(channelId)).map(form.inviteForm),
    deleteInvite: (code) => client.deleteInvite(code),

    createEmoji: async ({ name, image, type }) =>
      form.emojiForm(await client.createGuildEmoji(guildId, { name, image: dataUri(image, type) })),
    editEmoji: async (id, name) => form.emojiForm(await client.editGuildEmoji(guildId, id, { name })),
    fetchEmoji: async (id) => form.emojiForm(await client.getRESTGuildEmoji(guildId, id)),
    emojis: async () => (await client.getRESTGuildEmojis(guildId)).map(form.emojiForm),
    deleteEmoji: (id) => client.deleteGuildEmoji(guildId, id),

    send: async (channelId, { content, replyTo, embed, files = [], mentions }) =>
      form.messageForm(
        await client.createMessage(
          channelId,
          {
            ...(content === undefined ? {} : { content }),
            ...(replyTo
              ? { messageReference: { channelID: replyTo.channelId, messageID: replyTo.messageId } }
              : {}),
            ...(embed ? { embeds: [embed] } : {}),
            // Left alone, its default mentions people and roles, but not everyone, and not who is replied to.
            allowedMentions: mentions
              ? { users: [...mentions.users], everyone: mentions.everyone, roles: false }
              : { users: true, roles: true, everyone: true, repliedUser: true },
          },
          files.map(({ name, bytes }) => ({ name, file: bytes })),
        ),
      ),
    editMessage: async (channelId, id, content) =>
      form.messageForm(await client.editMessage(channelId, id, content)),
    fetchMessage: async (channelId, id) => form.messageForm(await client.getMessage(channelId, id)),
    history: async (channelId, page) => (await client.getMessages(channelId, page)).map(form.messageForm),
    deleteMessage: (channelId, id) => client.deleteMessage(channelId, id),
    deleteMessages: (channelId, ids) => client.deleteMessages(channelId, [...ids]),
    pin: (channelId, id) => client.pinMessage(channelId, id),
    unpin: (channelId, id) => client.unpinMessage(channelId, id),
    pins: async (channelId) => (await client.getPins(channelId)).map(form.messageForm),
    react: (channelId, id, emoji) => client.addMessageReaction(channelId, id, emoji),
    reactionUsers: async (channelId, id, emoji) =>
      (await client.getMessageReaction(channelId, id, emoji)).map(form.userForm),
    removeReaction: (channelId, id, emoji, userId) =>
      client.removeMessageReaction(channelId, id, emoji, userId),
    clearEmoji: (channelId, id, emoji) => client.removeMessageReactionEmoji(channelId, id, emoji),
    clearReactions: (channelId, id) => client.removeMessageReactions(channelId, id),
    typing: (channelId) => client.sendChannelTyping(channelId),
    openDm: async (userId) => {
      const { id, type } = await client.getDMChannel(userId)
      return { id, type }
    },
    setPresence: async (status, name) => client.editStatus(status, [{ name, type: 0 }]),
  } satisfies Partial<Library>
}
