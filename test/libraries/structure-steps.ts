import { expect } from 'vitest'
import type { Form } from './library.ts'
import type { Step, World } from './world.ts'

const VIEW = 1n << 10n
const SEND = 1n << 11n
const MANAGE_MESSAGES = 1n << 13n

/** A channel is made or changed: the answer, the event and the cache have the same fields. */
async function channelIs(w: World, event: string, answer: Form, fields: Form): Promise<string> {
  expect(answer).toMatchObject(fields)
  const id = answer.id as string
  expect(await w.hears(event, { id, ...fields })).toMatchObject({ guildId: w.guildId })
  w.cached((caches) => caches.channel(id), fields)
  return id
}

async function roleIs(w: World, event: string, answer: Form, fields: Form): Promise<string> {
  expect(answer).toMatchObject(fields)
  const id = answer.id as string
  await w.hears(event, { id, ...fields })
  w.cached((caches) => caches.role(id), fields)
  return id
}

const idsOf = (forms: readonly Form[]) => forms.map(({ id }) => id as string).sort()

export const channelSteps: readonly Step[] = [
  [
    'makes a category',
    async (w) => {
      const fields = { name: 'Rooms', type: 4 } as const
      w.made.category = await channelIs(
        w,
        'CHANNEL_CREATE',
        await w.lib.createChannel(fields, 'for the scenario'),
        fields,
      )
      await w.hears('GUILD_AUDIT_LOG_ENTRY_CREATE', { action: 10, reason: 'for the scenario' })
    },
  ],
  [
    'makes a text channel in it, with topic, slow mode and NSFW',
    async (w) => {
      const fields = {
        name: 'quiet-room',
        type: 0,
        topic: 'whisper ä 👍',
        nsfw: true,
        slowMode: 5,
        parentId: w.id('category'),
      } as const
      const made = await w.lib.createChannel(fields, 'ä 👍')
      w.made.text = await channelIs(w, 'CHANNEL_CREATE', made, fields)
      await w.hears('GUILD_AUDIT_LOG_ENTRY_CREATE', { action: 10, reason: 'ä 👍', targetId: w.id('text') })
    },
  ],
  [
    'makes a voice channel',
    async (w) => {
      const fields = { name: 'Loud room', type: 2, parentId: w.id('category') } as const
      w.made.voice = await channelIs(w, 'CHANNEL_CREATE', await w.lib.createChannel(fields, 'x'), fields)
    },
  ],
  [
    'makes an announcement channel',
    async (w) => {
      const fields = { name: 'news', type: 5, topic: 'what is new' } as const
      w.made.news = await channelIs(w, 'CHANNEL_CREATE', await w.lib.createChannel(fields, 'x'), fields)
    },
  ],
  [
    'edits name and topic',
    async (w) => {
      const fields = { name: 'quieter-room', topic: 'hush' }
      await channelIs(w, 'CHANNEL_UPDATE', await w.lib.editChannel(w.id('text'), fields), fields)
    },
  ],
  [
    'takes slow mode off',
    async (w) => {
      const fields = { slowMode: 0 }
      await channelIs(w, 'CHANNEL_UPDATE', await w.lib.editChannel(w.id('text'), fields), fields)
    },
  ],
  [
    'moves channels',
    async (w) => {
      await w.lib.moveChannels([
        { id: w.id('news'), position: 0 },
        { id: w.general, position: 1 },
      ])
      await w.hears('CHANNEL_UPDATE', { id: w.general, position: 1 })
      w.cached((caches) => caches.channel(w.id('news')), { position: 0 })
      w.cached((caches) => caches.channel(w.general), { position: 1 })
    },
  ],
  [
    'fetches a channel',
    async (w) => {
      const fetched = await w.lib.fetchChannel(w.id('text'))
      expect(fetched).toMatchObject({ name: 'quieter-room', topic: 'hush', parentId: w.id('category') })
    },
  ],
  [
    'lists the channels',
    async (w) => {
      const listed = idsOf(await w.lib.channels())
      for (const name of ['category', 'text', 'voice', 'news']) expect(listed).toContain(w.id(name))
      w.cached((caches) => caches.guild(), { channelIds: listed })
    },
  ],
  [
    'puts an overwrite for a person',
    async (w) => {
      const overwrite = { id: w.guest.id, type: 1, allow: VIEW, deny: SEND } as const
      await w.lib.putOverwrite(w.id('text'), overwrite)
      await w.hears('CHANNEL_UPDATE', { id: w.id('text'), overwrites: [overwrite] })
      w.cached((caches) => caches.channel(w.id('text')), { overwrites: [overwrite] })
      const refused = await w.guest.request('POST', `/channels/${w.id('text')}/messages`, { content: 'x' })
      expect(refused.body.code).toBe(50013)
    },
  ],
  [
    'deletes the overwrite',
    async (w) => {
      await w.lib.deleteOverwrite(w.id('text'), w.guest.id)
      await w.hears('CHANNEL_UPDATE', { id: w.id('text'), overwrites: [] })
      w.cached((caches) => caches.channel(w.id('text')), { overwrites: [] })
      await w.guestSays('I may again', w.id('text'))
    },
  ],
  [
    'deletes a channel',
    async (w) => {
      await w.lib.deleteChannel(w.id('voice'))
      await w.hears('CHANNEL_DELETE', { id: w.id('voice') })
      w.cached((caches) => caches.channel(w.id('voice')), null)
    },
  ],
  [
    'hears of a channel that somebody else makes',
    async (w) => {
      const path = `/guilds/${w.guildId}/channels`
      const { id } = await w.owner.expect('POST', path, { name: 'theirs', type: 0 })
      await w.hears('CHANNEL_CREATE', { id, name: 'theirs' })
      w.cached((caches) => caches.channel(id), { name: 'theirs' })
      await w.owner.expect('DELETE', `/channels/${id}`)
      await w.hears('CHANNEL_DELETE', { id })
    },
  ],
]

export const roleSteps: readonly Step[] = [
  [
    'makes a role',
    async (w) => {
      const fields = {
        name: 'pourers',
        color: 0x336699,
        hoist: true,
        mentionable: true,
        permissions: MANAGE_MESSAGES,
      }
      w.made.role = await roleIs(w, 'GUILD_ROLE_CREATE', await w.lib.createRole(fields, 'tea'), fields)
      await w.hears('GUILD_AUDIT_LOG_ENTRY_CREATE', { action: 30, reason: 'tea' })
    },
  ],
  [
    'makes a second role',
    async (w) => {
      const fields = { name: 'brewers', permissions: 0n }
      w.made.second = await roleIs(w, 'GUILD_ROLE_CREATE', await w.lib.createRole(fields, 'tea'), fields)
    },
  ],
  [
    'edits a role',
    async (w) => {
      const fields = { name: 'stirrers', hoist: false, color: 0x00ff00 }
      await roleIs(w, 'GUILD_ROLE_UPDATE', await w.lib.editRole(w.id('role'), fields), fields)
    },
  ],
  [
    'hears that somebody sorts the roles',
    async (w) => {
      const own = (await w.lib.roles()).find(({ name }) => name === 'A bot')
      await w.owner.expect('PATCH', `/guilds/${w.guildId}/roles`, [
        { id: w.id('role'), position: 1 },
        { id: w.id('second'), position: 2 },
        { id: own?.id, position: 3 },
      ])
      for (const [id, position] of [
        [w.id('second'), 2],
        [own?.id, 3],
      ] as const) {
        await w.hears('GUILD_ROLE_UPDATE', { id, position })
        w.cached((caches) => caches.role(id as string), { position })
      }
    },
  ],
  [
    'sorts the roles',
    async (w) => {
      await w.lib.moveRoles([
        { id: w.id('second'), position: 1 },
        { id: w.id('role'), position: 2 },
      ])
      await w.hears('GUILD_ROLE_UPDATE', { id: w.id('second'), position: 1 })
      await w.hears('GUILD_ROLE_UPDATE', { id: w.id('role'), position: 2 })
      const positions = (await w.lib.roles()).map(({ id, position }) => [id, position] as const)
      expect(positions).toEqual(
        expect.arrayContaining([
          [w.id('second'), 1],
          [w.id('role'), 2],
        ]),
      )
      for (const [id, position] of positions) w.cached((caches) => caches.role(id as string), { position })
    },
  ],
  [
    'lists the roles',
    async (w) => {
      const listed = idsOf(await w.lib.roles())
      expect(listed).toContain(w.guildId)
      w.cached((caches) => caches.guild(), { roleIds: listed })
    },
  ],
  [
    'grants a role, which the person may use',
    async (w) => {
      await w.lib.grantRole(w.guest.id, w.id('role'))
      await w.hears('GUILD_MEMBER_UPDATE', { id: w.guest.id, roles: [w.id('role')] })
      w.cached((caches) => caches.member(w.guest.id), { roles: [w.id('role')] })
      const { id } = await w.lib.send(w.general, { content: 'goes' })
      await w.guest.expect('DELETE', `/channels/${w.general}/messages/${id}`)
      await w.hears('MESSAGE_DELETE', { id })
    },
  ],
  [
    'takes the role away',
    async (w) => {
      await w.lib.revokeRole(w.guest.id, w.id('role'))
      await w.hears('GUILD_MEMBER_UPDATE', { id: w.guest.id, roles: [] })
      w.cached((caches) => caches.member(w.guest.id), { roles: [] })
    },
  ],
  [
    'deletes a role that somebody has',
    async (w) => {
      await w.lib.grantRole(w.guest.id, w.id('second'))
      await w.hears('GUILD_MEMBER_UPDATE', { id: w.guest.id, roles: [w.id('second')] })
      await w.lib.deleteRole(w.id('second'))
      await w.hears('GUILD_ROLE_DELETE', { id: w.id('second') })
      w.cached((caches) => caches.role(w.id('second')), null)
      expect(await w.lib.fetchMember(w.guest.id)).toMatchObject({ roles: [] })
    },
  ],
]
