import { expect } from 'vitest'
import { eventually } from '#test/support/eventually.ts'
import { GatewayClient } from '#test/support/gateway-client.ts'
import type { Step } from './world.ts'

const IDLE = { status: 'idle', activities: ['with leaves'] }

export const firstSteps: readonly Step[] = [
  [
    'knows itself',
    async (w) => {
      expect(await w.lib.self()).toMatchObject({ bot: true })
    },
  ],
  [
    'has the guilds of all its shards in its caches',
    async (w) => {
      if (!w.lib.caches) return
      const guilds = await w.owner.expect('GET', '/users/@me/guilds')
      expect(w.lib.caches.guildIds().sort()).toEqual(guilds.map(({ id }: { id: string }) => id).sort())
    },
  ],
  [
    'has the guild, its members and channels in its caches',
    async (w) => {
      const { id } = await w.lib.self()
      w.cached((caches) => caches.guild(), {
        id: w.guildId,
        name: 'Tea room',
        ownerId: w.owner.id,
        memberCount: 3,
        memberIds: [w.owner.id, w.guest.id, id].sort(),
      })
      w.cached((caches) => caches.channel(w.general), { type: 0, guildId: w.guildId })
    },
  ],
  [
    'fetches the guild',
    async (w) => {
      expect(await w.lib.fetchGuild()).toMatchObject({ id: w.guildId, name: 'Tea room', ownerId: w.owner.id })
    },
  ],
  [
    'fetches somebody',
    async (w) => {
      expect(await w.lib.user(w.guest.id)).toMatchObject({ username: w.guest.username, bot: false })
    },
  ],
  [
    'edits the guild',
    async (w) => {
      const form = { name: 'Tea house', systemChannelId: w.general }
      expect(await w.lib.editGuild(form)).toMatchObject(form)
      await w.hears('GUILD_UPDATE', { id: w.guildId, ...form })
      w.cached((caches) => caches.guild(), form)
    },
  ],
]

export const lastSteps: readonly Step[] = [
  [
    'types',
    async (w) => {
      await w.lib.typing(w.general)
    },
  ],
  [
    'hears somebody type',
    async (w) => {
      await w.guest.expect('POST', `/channels/${w.general}/typing`)
      await w.hears('TYPING_START', { channelId: w.general, userId: w.guest.id })
    },
  ],
  [
    'shows its presence',
    async (w) => {
      const { id } = await w.lib.self()
      const viewer = await GatewayClient.enter(w.gateway, w.guest.token)
      await viewer.dispatch('GUILD_CREATE', (d) => d.id === w.guildId)
      await w.lib.setPresence('idle', 'with leaves')
      const seen = await viewer.dispatch(
        'PRESENCE_UPDATE',
        ({ user, status }) => user.id === id && status === 'idle',
      )
      expect(seen.activities).toMatchObject([{ name: 'with leaves' }])
      await viewer.close()
    },
  ],
  [
    "hears somebody's presence",
    async (w) => {
      const viewer = await GatewayClient.enter(w.gateway, w.guest.token)
      await viewer.dispatch('GUILD_CREATE', (d) => d.id === w.guildId)
      viewer.send({
        op: 3,
        d: { since: null, activities: [{ name: 'with leaves', type: 0 }], status: 'idle', afk: false },
      })
      await w.hears('PRESENCE_UPDATE', { userId: w.guest.id, ...IDLE })
      await viewer.close()
      await w.hears('PRESENCE_UPDATE', { userId: w.guest.id, status: 'offline' })
    },
  ],
  [
    'opens a conversation with somebody and writes',
    async (w) => {
      const { id } = await w.lib.openDm(w.guest.id)
      w.made.dm = id as string
      const sent = await w.lib.send(w.id('dm'), { content: 'just you' })
      expect(sent).toMatchObject({ content: 'just you', channelId: id, guildId: undefined })
      expect(await w.guest.expect('GET', `/channels/${id}/messages`)).toMatchObject([{ id: sent.id }])
    },
  ],
  [
    'hears the answer',
    async (w) => {
      const said = await w.guestSays('and you', w.id('dm'))
      expect(said).toMatchObject({ guildId: undefined })
      expect(await w.lib.history(w.id('dm'), { limit: 1 })).toMatchObject([{ content: 'and you' }])
    },
  ],
  [
    'hears that somebody leaves',
    async (w) => {
      const { code } = await w.owner.expect('POST', `/channels/${w.general}/invites`, {})
      await w.stranger.expect('POST', `/invites/${code}`, {})
      await w.hears('GUILD_MEMBER_ADD', { id: w.stranger.id })
      await w.stranger.expect('DELETE', `/users/@me/guilds/${w.guildId}`)
      await w.hears('GUILD_MEMBER_REMOVE', { id: w.stranger.id })
      w.cached((caches) => caches.member(w.stranger.id), null)
    },
  ],
  [
    'is cut off, resumes, and has missed nothing',
    async (w) => {
      const shards = w.lib.shards()
      const shard = Number((BigInt(w.guildId) >> 22n) % BigInt(shards.length))
      w.lib.cut(shard)
      const contents = Array.from({ length: 5 }, (_, n) => `while you were away ${n}`)
      for (const content of contents)
        await w.guest.expect('POST', `/channels/${w.general}/messages`, { content })
      await w.hears('RESUMED', { shard })
      await w.hears('MESSAGE_CREATE', { content: contents.at(-1) })
      const came = w.heard.filter(
        ({ t, d }) => t === 'MESSAGE_CREATE' && contents.includes(String(d.content)),
      )
      expect(came.map(({ d }) => d.content)).toEqual(contents)
      await eventually('all shards', () => w.lib.shards().length === shards.length)
    },
  ],
  [
    'goes on after that',
    async (w) => {
      await w.guestSays('there you are')
      const { id } = await w.lib.send(w.general, { content: 'here' })
      await w.hears('MESSAGE_CREATE', { id })
    },
  ],
  [
    'disconnects, which ends its presence',
    async (w) => {
      const { id } = await w.lib.self()
      const viewer = await GatewayClient.enter(w.gateway, w.guest.token)
      await viewer.dispatch('PRESENCE_UPDATE', ({ user, status }) => user.id === id && status !== 'offline')
      await w.lib.disconnect()
      await viewer.dispatch('PRESENCE_UPDATE', ({ user, status }) => user.id === id && status === 'offline')
      await viewer.close()
    },
  ],
]
