import {
  type AuditLogEvent,
  type ChannelType,
  Client,
  Events,
  GatewayIntentBits,
  type Guild,
  type GuildTextBasedChannel,
  OverwriteType,
  type PermissionOverwriteOptions,
  PermissionsBitField,
  type PresenceStatusData,
  type TextChannel,
} from 'discord.js'
import { emitted } from '#test/support/emitted.ts'
import { discordJsEvents } from './discord-js-events.ts'
import * as form from './discord-js-forms.ts'
import type { ChannelForm, Connects, Form, Library, RoleForm } from './library.ts'
import { listen } from './library.ts'

/** All but those of what the server has not: integrations, webhooks, voice, scheduled events, automod, polls. */
const { Guilds, GuildMembers, GuildModeration, GuildExpressions, GuildInvites, GuildPresences } =
  GatewayIntentBits
const { GuildMessages, GuildMessageReactions, GuildMessageTyping } = GatewayIntentBits
const { DirectMessages, DirectMessageReactions, DirectMessageTyping, MessageContent } = GatewayIntentBits
const INTENTS = [
  Guilds,
  GuildMembers,
  GuildModeration,
  GuildExpressions,
  GuildInvites,
  GuildPresences,
].concat(
  [GuildMessages, GuildMessageReactions, GuildMessageTyping],
  [DirectMessages, DirectMessageReactions, DirectMessageTyping, MessageContent],
)
const TROUBLE = /zombie|unknown|unexpected|could not|failed|invalid/i

/** discord.js 14. It compresses when it finds `zlib-sync`, and has no option for it. */
export const discordJs: Connects = (setting) => {
  const client = new Client({
    // By itself it sends 50 requests a second, which the scenario exceeds.
    rest: { api: `${setting.http}/api`, cdn: setting.http, version: '10', globalRequestsPerSecond: 1_000 },
    intents: INTENTS,
    shardCount: setting.shards,
    shards: Array.from({ length: setting.shards }, (_, shard) => shard),
    presence: { status: 'online' },
  })
  listen(client, discordJsEvents(setting))
  for (const event of [Events.Warn, Events.Error, Events.ShardError, Events.Invalidated])
    listen(client, { [event]: (about: unknown) => setting.complains(event, about) })
  client.on(Events.Debug, (said) => {
    const compression = /compression: (\S+)/.exec(said)?.[1]
    if (compression && (compression === 'zlib-stream') !== setting.compress)
      setting.complains('compression', compression)
    // The scenario cuts it off, once.
    if (TROUBLE.test(said) && !said.includes('unexpected code 1006')) setting.complains('debug', said)
  })
  for (const event of ['rateLimited', 'invalidRequestWarning'])
    listen(client.rest, { [event]: (about: unknown) => setting.complains(event, about) })
  return { ...calls(client, setting.guildId), ...connection(client, setting.token, setting.guildId) }
}

const guildOf = (client: Client, id: string): Guild => client.guilds.cache.get(id) as Guild

function connection(client: Client, token: string, guildId: string) {
  const guild = () => guildOf(client, guildId)
  return {
    caches: {
      guild: () => guild() && form.guildForm(guild()),
      guildIds: () => [...client.guilds.cache.keys()],
      channel: (id) => found(guild().channels.cache.get(id), form.channelForm),
      role: (id) => found(guild().roles.cache.get(id), form.roleForm),
      member: (id) => found(guild().members.cache.get(id), form.memberForm),
      emoji: (id) => found(guild().emojis.cache.get(id), form.emojiForm),
    },
    async login() {
      const ready = emitted(client, Events.ClientReady)
      await client.login(token)
      await ready
    },
    shards: () => client.ws.shards.filter(({ status }) => status === 0).map(({ id }) => id),
    cut(shard: number) {
      connectionOf(client, shard).terminate()
    },
    disconnect: () => client.destroy(),
  } satisfies Partial<Library>
}

/** There is no public way to lose a connection. */
function connectionOf(client: Client, shard: number): { terminate(): void } {
  const { _ws } = client.ws as unknown as {
    _ws: { strategy: { shards: Map<number, { connection: { terminate(): void } }> } }
  }
  return _ws.strategy.shards.get(shard)?.connection as { terminate(): void }
}

const found = <T>(thing: T | undefined, of: (thing: T) => Form): Form | undefined => thing && of(thing)

const channelOptions = ({ slowMode, parentId, ...rest }: ChannelForm) => ({
  ...rest,
  ...(slowMode === undefined ? {} : { rateLimitPerUser: slowMode }),
  ...(parentId === undefined ? {} : { parent: parentId }),
})

const roleOptions = ({ color, ...rest }: RoleForm) => ({
  ...rest,
  ...(color === undefined ? {} : { colors: { primaryColor: color } }),
})

function calls(client: Client, guildId: string) {
  const guild = () => guildOf(client, guildId)
  const channel = (id: string) => client.channels.cache.get(id) as TextChannel
  const writable = async (id: string) => (await client.channels.fetch(id)) as GuildTextBasedChannel
  const message = async (channelId: string, id: string) =>
    (await writable(channelId)).messages.fetch({ message: id, force: true })
  const reaction = async (channelId: string, id: string, emoji: string) => {
    const of = (await message(channelId, id)).reactions
    return of.cache.get(emoji.split(':').at(-1) as string) ?? Promise.reject(new Error(`no ${emoji}`))
  }
  return {
    self: async () => form.userForm(await client.users.fetch(client.user?.id as string, { force: true })),
    user: async (id) => form.userForm(await client.users.fetch(id, { force: true })),
    fetchGuild: async () => form.guildForm(await client.guilds.fetch({ guild: guildId, force: true })),
    editGuild: async ({ systemChannelId, ...rest }) =>
      form.guildForm(
        await guild().edit({ ...rest, ...(systemChannelId ? { systemChannel: systemChannelId } : {}) }),
      ),

    createChannel: async ({ type, ...rest }, reason) =>
      form.channelForm(
        await guild().channels.create({
          ...channelOptions(rest),
          name: rest.name,
          type: type as ChannelType.GuildText,
          reason,
        }),
      ),
    editChannel: async (id, options) =>
      form.channelForm(await channel(id).edit(channelOptions(options) as { name: string })),
    fetchChannel: async (id) =>
      form.channelForm((await client.channels.fetch(id, { force: true })) as TextChannel),
    channels: async () => (await guild().channels.fetch()).map((one) => form.channelForm(one as TextChannel)),
    moveChannels: (positions) =>
      guild().channels.setPositions(positions.map(({ id, position }) => ({ channel: id, position }))),
    deleteChannel: (id) => channel(id).delete(),
    putOverwrite: (channelId, { id, type, allow, deny }) =>
      channel(channelId).permissionOverwrites.create(
        id,
        { ...named(allow, true), ...named(deny, false) },
        { type: type === 0 ? OverwriteType.Role : OverwriteType.Member },
      ),
    deleteOverwrite: (channelId, targetId) => channel(channelId).permissionOverwrites.delete(targetId),

    createRole: async (options, reason) =>
      form.roleForm(await guild().roles.create({ ...roleOptions(options), reason })),
    editRole: async (id, options) => form.roleForm(await guild().roles.edit(id, roleOptions(options))),
    moveRoles: (positions) =>
      guild().roles.setPositions(positions.map(({ id, position }) => ({ role: id, position }))),
    roles: async () => (await guild().roles.fetch()).map(form.roleForm),
    deleteRole: (id) => guild().roles.delete(id),
    grantRole: (userId, roleId) => guild().members.addRole({ user: userId, role: roleId }),
    revokeRole: (userId, roleId) => guild().members.removeRole({ user: userId, role: roleId }),

    fetchMember: async (user) => form.memberForm(await guild().members.fetch({ user, force: true })),
    listMembers: async () => (await guild().members.list({ limit: 100 })).map(form.memberForm),
    searchMembers: async (query) => (await guild().members.search({ query, limit: 10 })).map(form.memberForm),
    chunks: async (query) =>
      (
        await guild().members.fetch(
          query === 'all' ? {} : 'name' in query ? { query: query.name } : { user: [...query.ids] },
        )
      ).map(form.memberForm),
    editMember: async (userId, { timedOutFor, ...rest }) =>
      form.memberForm(
        await guild().members.edit(userId, {
          ...rest,
          ...(timedOutFor === undefined ? {} : { communicationDisabledUntil: until(timedOutFor) }),
        }),
      ),
    kick: (userId, reason) => guild().members.kick(userId, reason),
    ban: (userId, { deleteSeconds, reason }) =>
      guild().bans.create(userId, { deleteMessageSeconds: deleteSeconds, reason }),
    bulkBan: async (userIds) => {
      const { bannedUsers, failedUsers } = await guild().bans.bulkCreate([...userIds])
      return { banned: bannedUsers, failed: failedUsers }
    },
    unban: (userId) => guild().bans.remove(userId),
    fetchBan: async (user) => form.banForm(await guild().bans.fetch({ user, force: true })),
    bans: async () => (await guild().bans.fetch()).map(form.banForm),
    auditLog: async (action) =>
      (await guild().fetchAuditLogs({ type: action as AuditLogEvent.MemberKick })).entries.map(
        ({ executorId, targetId, reason }) => ({ userId: executorId, targetId, reason: reason ?? undefined }),
      ),

    createInvite: async (channelId, options) =>
      form.inviteForm(await channel(channelId).createInvite({ ...options, unique: true })),
    fetchInvite: async (code) => form.inviteForm(await client.fetchInvite(code)),
    guildInvites: async () => (await guild().invites.fetch({ cache: false })).map(form.inviteForm),
    channelInvites: async (channelId) => (await channel(channelId).fetchInvites()).map(form.inviteForm),
    deleteInvite: (code) => guild().invites.delete(code),

    createEmoji: async ({ name, image }) =>
      form.emojiForm(await guild().emojis.create({ name, attachment: image })),
    editEmoji: async (id, name) => form.emojiForm(await guild().emojis.edit(id, { name })),
    fetchEmoji: async (id) => form.emojiForm(await guild().emojis.fetch(id, { force: true })),
    emojis: async () => (await guild().emojis.fetch()).map(form.emojiForm),
    deleteEmoji: (id) => guild().emojis.delete(id),

    send: async (channelId, { content, replyTo, embed, files = [], mentions }) =>
      form.messageForm(
        await (await writable(channelId)).send({
          ...(content === undefined ? {} : { content }),
          ...(replyTo ? { reply: { messageReference: replyTo.messageId } } : {}),
          ...(embed ? { embeds: [embed] } : {}),
          files: files.map(({ name, bytes }) => ({ name, attachment: bytes })),
          ...(mentions
            ? {
                allowedMentions: {
                  users: mentions.users,
                  parse: mentions.everyone ? (['everyone'] as const) : [],
                },
              }
            : {}),
        }),
      ),
    editMessage: async (channelId, id, content) =>
      form.messageForm(await (await writable(channelId)).messages.edit(id, content)),
    fetchMessage: async (channelId, id) => form.messageForm(await message(channelId, id)),
    history: async (channelId, page) =>
      (await (await writable(channelId)).messages.fetch(page)).map(form.messageForm),
    deleteMessage: async (channelId, id) => (await writable(channelId)).messages.delete(id),
    deleteMessages: (channelId, ids) => channel(channelId).bulkDelete(ids),
    pin: async (channelId, id) => (await writable(channelId)).messages.pin(id),
    unpin: async (channelId, id) => (await writable(channelId)).messages.unpin(id),
    pins: async (channelId) =>
      (await (await writable(channelId)).messages.fetchPins()).items.map(({ message }) =>
        form.messageForm(message),
      ),
    react: async (channelId, id, emoji) => (await writable(channelId)).messages.react(id, emoji),
    reactionUsers: async (channelId, id, emoji) =>
      (await (await reaction(channelId, id, emoji)).users.fetch()).map(form.userForm),
    removeReaction: async (channelId, id, emoji, userId) =>
      (await reaction(channelId, id, emoji)).users.remove(userId),
    clearEmoji: async (channelId, id, emoji) => (await reaction(channelId, id, emoji)).remove(),
    clearReactions: async (channelId, id) => (await message(channelId, id)).reactions.removeAll(),
    typing: async (channelId) => (await writable(channelId)).sendTyping(),
    openDm: async (userId) => {
      const { id, type } = await client.users.createDM(userId)
      return { id, type }
    },
    setPresence: async (status: PresenceStatusData, name) =>
      client.user?.setPresence({ status, activities: [{ name }] }),
  } satisfies Partial<Library>
}

const named = (bits: bigint, allowed: boolean): PermissionOverwriteOptions =>
  Object.fromEntries(new PermissionsBitField(bits).toArray().map((name) => [name, allowed]))

const until = (seconds: number | null): number | null =>
  seconds === null ? null : Date.now() + seconds * 1000
