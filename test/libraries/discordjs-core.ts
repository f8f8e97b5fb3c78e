import { Client, type GatewayIntentBits } from '@discordjs/core'
import { REST } from '@discordjs/rest'
import { CompressionMethod, WebSocketManager, WebSocketShardEvents } from '@discordjs/ws'
import { dataUri } from '#test/support/pictures.ts'
import * as form from './discordjs-core-forms.ts'
import { type ChannelForm, type Connects, type Library, listen, type RoleForm } from './library.ts'

type Json = form.Json

/** Guilds, members, moderation, expressions, invites, presences, messages, reactions, typing, content. */
const INTENTS = 0b1111_1111_0100_1111 as GatewayIntentBits
const TROUBLE = /zombie|unknown|unexpected|could not|failed|invalid/i

/** @discordjs/core 2.6, which keeps nothing. */
export const discordjsCore: Connects = (setting) => {
  const rest = new REST({ api: `${setting.http}/api`, globalRequestsPerSecond: 1_000 }).setToken(
    setting.token,
  )
  const gateway = new WebSocketManager({
    token: setting.token,
    intents: INTENTS,
    rest,
    shardCount: setting.shards,
    compression: setting.compress ? CompressionMethod.ZlibNative : null,
  })
  const client = new Client({ rest, gateway })
  listen(client, form.coreEvents(setting))
  gateway.on(WebSocketShardEvents.Error, (about: Error) => setting.complains('error', about))
  gateway.on(WebSocketShardEvents.Debug, (said: string) => {
    if (TROUBLE.test(said) && !said.includes('unexpected code 1006')) setting.complains('debug', said)
  })
  for (const event of ['rateLimited', 'invalidRequestWarning'])
    listen(rest, { [event]: (about: unknown) => setting.complains(event, about) })
  const ready = new Set<number>()
  const shards = (gateway as Json).strategy.shards as Map<number, Json>
  return {
    ...calls(client, setting),
    caches: undefined,
    async login() {
      const all = new Promise<void>((resolve) => {
        gateway.on(WebSocketShardEvents.Ready, (_: unknown, shard: number) => {
          if (ready.add(shard).size === setting.shards) resolve()
        })
      })
      await gateway.connect()
      await all
    },
    shards: () => [...shards].filter(([, { status }]) => status === 3).map(([id]) => id),
    cut(shard) {
      shards.get(shard)?.connection.terminate()
    },
    disconnect: () => Promise.resolve(gateway.destroy()),
  }
}

const channelBody = ({ slowMode, parentId, ...rest }: ChannelForm): Json => ({
  ...rest,
  ...(slowMode === undefined ? {} : { rate_limit_per_user: slowMode }),
  ...(parentId === undefined ? {} : { parent_id: parentId }),
})

const roleBody = ({ color, permissions, ...rest }: RoleForm): Json => ({
  ...rest,
  ...(color === undefined ? {} : { color }),
  ...(permissions === undefined ? {} : { permissions: String(permissions) }),
})

function calls(client: Client, { guildId, shards }: { guildId: string; shards: number }) {
  const { channels, guilds, users, invites } = client.api
  const all = (things: readonly unknown[], of: (thing: Json) => Json) => things.map((thing) => of(thing))
  return {
    self: async () => form.userForm(await users.getCurrent()),
    user: async (id) => form.userForm(await users.get(id)),
    fetchGuild: async () => form.guildForm(await guilds.get(guildId)),
    editGuild: async ({ name, systemChannelId }) =>
      form.guildForm(await guilds.edit(guildId, { name, system_channel_id: systemChannelId as string })),

    createChannel: async (body, reason) =>
      form.channelForm(await guilds.createChannel(guildId, channelBody(body), { reason })),
    editChannel: async (id, body) => form.channelForm(await channels.edit(id, channelBody(body))),
    fetchChannel: async (id) => form.channelForm(await channels.get(id)),
    channels: async () => all(await guilds.getChannels(guildId), form.channelForm),
    moveChannels: (positions) => guilds.setChannelPositions(guildId, [...positions]),
    deleteChannel: (id) => channels.delete(id),
    putOverwrite: (channelId, { id, type, allow, deny }) =>
      channels.editPermissionOverwrite(channelId, id, { type, allow: String(allow), deny: String(deny) }),
    deleteOverwrite: (channelId, targetId) => channels.deletePermissionOverwrite(channelId, targetId),

    createRole: async (body, reason) =>
      form.roleForm(await guilds.createRole(guildId, roleBody(body), { reason })),
    editRole: async (id, body) => form.roleForm(await guilds.editRole(guildId, id, roleBody(body))),
    moveRoles: (positions) => guilds.setRolePositions(guildId, [...positions]),
    roles: async () => all(await guilds.getRoles(guildId), form.roleForm),
    deleteRole: (id) => guilds.deleteRole(guildId, id),
    grantRole: (userId, roleId) => guilds.addRoleToMember(guildId, userId, roleId),
    revokeRole: (userId, roleId) => guilds.removeRoleFromMember(guildId, userId, roleId),

    fetchMember: async (userId) => form.memberForm(await guilds.getMember(guildId, userId)),
    listMembers: async () => all(await guilds.getMembers(guildId, { limit: 100 }), form.memberForm),
    searchMembers: async (query) =>
      all(await guilds.searchForMembers(guildId, { query, limit: 10 }), form.memberForm),
    chunks: async (query) => {
      const by =
        query === 'all'
          ? { query: '', limit: 0 }
          : 'name' in query
            ? { query: query.name, limit: 10 }
            : { user_ids: [...query.ids] }
      const { members } = await client.requestGuildMembers({ guild_id: guildId, ...by } as Json)
      return all(members, form.memberForm)
    },
    editMember: async (userId, { timedOutFor, ...rest }) => {
      const until = timedOutFor ? new Date(Date.now() + timedOutFor * 1000).toISOString() : null
      const more = timedOutFor === undefined ? {} : { communication_disabled_until: until }
      return form.memberForm(await guilds.editMember(guildId, userId, { ...rest, ...more }))
    },
    kick: (userId, reason) => guilds.removeMember(guildId, userId, { reason }),
    ban: (userId, { deleteSeconds, reason }) =>
      guilds.banUser(guildId, userId, { delete_message_seconds: deleteSeconds }, { reason }),
    bulkBan: async (userIds) => {
      const { banned_users: banned, failed_users: failed } = await guilds.bulkBanUsers(guildId, {
        user_ids: [...userIds],
      })
      return { banned, failed }
    },
    unban: (userId) => guilds.unbanUser(guildId, userId),
    fetchBan: async (userId) => form.banForm(await guilds.getMemberBan(guildId, userId)),
    bans: async () => all(await guilds.getMemberBans(guildId), form.banForm),
    auditLog: async (action) =>
      all((await guilds.getAuditLogs(guildId, { action_type: action })).audit_log_entries, form.entryForm),

    createInvite: async (channelId, { maxAge, maxUses, temporary }) => {
      const body = { max_age: maxAge, max_uses: maxUses, temporary, unique: true }
      return form.inviteForm(await channels.createInvite(channelId, body))
    },
    fetchInvite: async (code) => form.inviteForm(await invites.get(code)),
    guildInvites: async () => all(await guilds.getInvites(guildId), form.inviteForm),
    channelInvites: async (channelId) => all(await channels.getInvites(channelId), form.inviteForm),
    deleteInvite: (code) => invites.delete(code),

    createEmoji: async ({ name, image, type }) =>
      (await guilds.createEmoji(guildId, { name, image: dataUri(image, type) })) as Json,
    editEmoji: async (id, name) => (await guilds.editEmoji(guildId, id, { name })) as Json,
    fetchEmoji: async (id) => (await guilds.getEmoji(guildId, id)) as Json,
    emojis: async () => (await guilds.getEmojis(guildId)) as Json,
    deleteEmoji: (id) => guilds.deleteEmoji(guildId, id),

    send: async (channelId, { content, replyTo, embed, files = [], mentions }) => {
      const sent = await channels.createMessage(channelId, {
        ...(content === undefined ? {} : { content }),
        ...(replyTo ? { message_reference: { message_id: replyTo.messageId } } : {}),
        ...(embed ? { embeds: [embed] } : {}),
        files: files.map(({ name, bytes }) => ({ name, data: bytes })),
        ...(mentions
          ? {
              allowed_mentions: {
                users: [...mentions.users],
                parse: mentions.everyone ? ['everyone'] : [],
              } as Json,
            }
          : {}),
      })
      return form.messageForm(sent)
    },
    editMessage: async (channelId, id, content) =>
      form.messageForm(await channels.editMessage(channelId, id, { content })),
    fetchMessage: async (channelId, id) => form.messageForm(await channels.getMessage(channelId, id)),
    history: async (channelId, page) => all(await channels.getMessages(channelId, page), form.messageForm),
    deleteMessage: (channelId, id) => channels.deleteMessage(channelId, id),
    deleteMessages: (channelId, ids) => channels.bulkDeleteMessages(channelId, [...ids]),
    pin: (channelId, id) => channels.pinMessage(channelId, id),
    unpin: (channelId, id) => channels.unpinMessage(channelId, id),
    pins: async (channelId) => all((await channels.getPins(channelId)) as Json, form.messageForm),
    react: (channelId, id, emoji) => channels.addMessageReaction(channelId, id, emoji),
    reactionUsers: async (channelId, id, emoji) =>
      all(await channels.getMessageReactions(channelId, id, emoji), form.userForm),
    removeReaction: (channelId, id, emoji, userId) =>
      userId
        ? channels.deleteUserMessageReaction(channelId, id, emoji, userId)
        : channels.deleteOwnMessageReaction(channelId, id, emoji),
    clearEmoji: (channelId, id, emoji) => channels.deleteAllMessageReactionsForEmoji(channelId, id, emoji),
    clearReactions: (channelId, id) => channels.deleteAllMessageReactions(channelId, id),
    typing: (channelId) => channels.showTyping(channelId),
    openDm: async (userId) => (await users.createDM(userId)) as Json,
    setPresence: async (status, name) => {
      const presence = { since: null, afk: false, status, activities: [{ name, type: 0 }] } as Json
      for (let shard = 0; shard < shards; shard++) await client.updatePresence(shard, presence)
    },
  } satisfies Partial<Library>
}
