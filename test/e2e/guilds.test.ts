import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestSession } from '#test/support/gateway-client.ts'
import { outcome } from '#test/support/moderated-guild.ts'
import { join, newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { dataUri, PNG } from '#test/support/pictures.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

const VIEW_CHANNEL = String(1 << 10)
const NOBODY = '1000000000000000001'

let server: TestServer
let ada: Person
let bob: Person

beforeAll(async () => {
  server = await startServer()
  ;[ada, bob] = (await Promise.all(['ada', 'bob'].map((name) => newPerson(server.http, name)))) as [
    Person,
    Person,
  ]
})
afterAll(() => server.stop())

const guildOfBoth = async () => {
  const guild = await newGuild(ada)
  await join(ada, bob, guild.general)
  return guild
}

test('[VIS-3][PERM-1] a guild is handed over: the new owner sees all, the former what is left to him', async () => {
  const { id } = await guildOfBoth()
  const path = `/guilds/${id}`
  const hidden = await ada.expect('POST', `${path}/channels`, {
    name: 'hidden',
    permission_overwrites: [{ id, type: 0, deny: VIEW_CHANNEL }],
  })
  const bot = await newBot(ada, id)
  const sessions = await Promise.all(
    [ada, bob].map(({ token }) => TestSession.identify(server.gateway, token)),
  )
  const [ofAda, ofBob] = sessions as [TestSession, TestSession]
  for (const owner_id of [NOBODY, bot.applicationId])
    expect(await outcome(ada, 'PATCH', path, { owner_id })).toBe('400 50035')
  expect(await outcome(bob, 'PATCH', path, { owner_id: bob.id })).toBe('403 50013')

  expect(await ada.expect('PATCH', path, { owner_id: bob.id })).toMatchObject({ owner_id: bob.id })
  const isHidden = ({ d }: { d: { id?: string } }) => d.id === hidden.id
  await ofBob.until((frame) => frame.t === 'CHANNEL_CREATE' && isHidden(frame))
  await ofAda.until((frame) => frame.t === 'CHANNEL_DELETE' && isHidden(frame))
  const told = await ofAda.until(({ t }) => t === 'GUILD_UPDATE')
  expect(told.d.owner_id).toBe(bob.id)
  const { audit_log_entries: entries } = await bob.expect('GET', `${path}/audit-logs?action_type=1`)
  expect(entries[0]).toMatchObject({
    user_id: ada.id,
    changes: [{ key: 'owner_id', old_value: ada.id, new_value: bob.id }],
  })
  expect(await outcome(ada, 'PATCH', path, { owner_id: ada.id })).toBe('403 50013')
  expect(await outcome(bob, 'DELETE', `/users/@me/guilds/${id}`)).toBe('403 50013')
  expect(await outcome(ada, 'DELETE', `/users/@me/guilds/${id}`)).toBe('204')
  expect(await outcome(bob, 'DELETE', path)).toBe('204')
  expect(sessions.flatMap(({ problems }) => problems)).toEqual([])
  await Promise.all(sessions.map(({ client }) => client.close()))
})

test('a guild names channels of its own, of the right types, until they are deleted', async () => {
  const { id, general } = await newGuild(ada)
  const path = `/guilds/${id}`
  const voice = await ada.expect('POST', `${path}/channels`, { name: 'Voice', type: 2 })
  const rules = await ada.expect('POST', `${path}/channels`, { name: 'rules' })
  for (const body of [
    { afk_channel_id: general },
    { system_channel_id: voice.id },
    { rules_channel_id: NOBODY },
    { public_updates_channel_id: id },
  ])
    expect(await outcome(ada, 'PATCH', path, body)).toBe('400 50035')
  const named = {
    afk_channel_id: voice.id,
    afk_timeout: 60,
    rules_channel_id: rules.id,
    public_updates_channel_id: rules.id,
  }
  expect(await ada.expect('PATCH', path, named)).toMatchObject(named)
  await ada.expect('DELETE', `/channels/${rules.id}`)
  expect(await ada.expect('GET', path)).toMatchObject({
    ...named,
    rules_channel_id: null,
    public_updates_channel_id: null,
    system_channel_id: general,
  })
})

test('a role has a picture or an emoji beside its members’ names', async () => {
  const { id } = await guildOfBoth()
  const roles = `/guilds/${id}/roles`
  const role = await ada.expect('POST', roles, { name: 'brewers', unicode_emoji: '🍵' })
  expect(role).toMatchObject({ icon: null, unicode_emoji: '🍵' })
  const path = `${roles}/${role.id}`
  const drawn = await ada.expect('PATCH', path, { icon: dataUri(PNG) })
  expect(drawn).toMatchObject({ icon: expect.stringMatching(/^[0-9a-f]{32}$/), unicode_emoji: null })
  const picture = await fetch(`${server.http}/role-icons/${role.id}/${drawn.icon}.png`)
  expect(Buffer.from(await picture.arrayBuffer())).toEqual(PNG)
  expect(await ada.expect('PATCH', path, { icon: null })).toMatchObject({ icon: null, unicode_emoji: null })
  expect(await ada.expect('PATCH', path, { unicode_emoji: '🫖' })).toMatchObject({ unicode_emoji: '🫖' })
  expect(await ada.expect('PATCH', path, { unicode_emoji: null })).toMatchObject({ unicode_emoji: null })
  for (const body of [
    { icon: 'data:image/png;base64,' },
    { unicode_emoji: 'tea' },
    { icon: dataUri(PNG), unicode_emoji: '🍵' },
  ])
    expect(await outcome(ada, 'PATCH', path, body)).toBe('400 50035')
  expect(await outcome(bob, 'PATCH', path, { icon: dataUri(PNG) })).toBe('403 50013')
  expect(await outcome(bob, 'POST', roles, { icon: dataUri(PNG) })).toBe('403 50013')
})

test('a preview shows the guild’s emojis', async () => {
  const { id } = await newGuild(ada)
  const emoji = await ada.expect('POST', `/guilds/${id}/emojis`, { name: 'kettle', image: dataUri(PNG) })
  const preview = await ada.expect('GET', `/guilds/${id}/preview`)
  expect(preview.emojis).toEqual([expect.objectContaining({ id: emoji.id, name: 'kettle' })])
})

test('a name is not made of blanks', async () => {
  const { id } = await newGuild(ada)
  for (const [method, path] of [
    ['POST', '/guilds'],
    ['PATCH', `/guilds/${id}`],
    ['POST', '/applications'],
  ] as const)
    expect(await outcome(ada, method, path, { name: ' x ' })).toBe('400 50035')
  expect(await ada.expect('PATCH', `/guilds/${id}`, { name: ' Tea ' })).toMatchObject({ name: 'Tea' })
  expect(await outcome(ada, 'PATCH', `/guilds/${id}`, { afk_timeout: 61 })).toBe('400 50035')
})

test('one’s own guilds come with counts of members, to who asks for them', async () => {
  const { id } = await guildOfBoth()
  const own = async (query: string) => {
    const guilds: { id: string }[] = await bob.expect('GET', `/users/@me/guilds${query}`)
    return guilds.find((guild) => guild.id === id)
  }
  expect(await own('?with_counts=true')).toMatchObject({ approximate_member_count: 2 })
  expect(await own('')).not.toHaveProperty('approximate_member_count')
})

test('the role that a bot came with goes with it, however it goes', async () => {
  const { id } = await newGuild(ada)
  const managed = async () => {
    const roles: { id: string; managed: boolean }[] = await ada.expect('GET', `/guilds/${id}/roles`)
    return roles.filter((role) => role.managed).map((role) => role.id)
  }
  for (const goes of ['kicked', 'banned', 'left']) {
    const bot = await newBot(ada, id)
    const [role] = await managed()
    await ada.expect('POST', `/guilds/${id}/channels`, {
      name: goes,
      permission_overwrites: [{ id: role, type: 0, allow: VIEW_CHANNEL }],
    })
    const session = await TestSession.identify(server.gateway, ada.token)
    if (goes === 'kicked') await ada.expect('DELETE', `/guilds/${id}/members/${bot.applicationId}`)
    if (goes === 'banned') await ada.expect('PUT', `/guilds/${id}/bans/${bot.applicationId}`)
    if (goes === 'left') await ada.as(`Bot ${bot.token}`).expect('DELETE', `/users/@me/guilds/${id}`)
    expect(await managed()).toEqual([])
    await session.until(({ t, d }) => t === 'GUILD_ROLE_DELETE' && d.role_id === role)
    expect(session.problems).toEqual([])
    await session.client.close()
    const channels: { name: string; permission_overwrites: object[] }[] = await ada.expect(
      'GET',
      `/guilds/${id}/channels`,
    )
    expect(channels.find(({ name }) => name === goes)?.permission_overwrites).toEqual([])
  }
})

test('a channel of texts becomes one of announcements and back, and nothing else', async () => {
  const { id, general } = await guildOfBoth()
  const session = await TestSession.identify(server.gateway, bob.token)
  const path = `/channels/${general}`
  expect(await ada.expect('PATCH', path, { type: 5 })).toMatchObject({ id: general, type: 5 })
  const told = await session.until(({ t }) => t === 'CHANNEL_UPDATE')
  expect(told.d).toMatchObject({ id: general, type: 5 })
  expect(await bob.expect('GET', path)).toMatchObject({ type: 5 })
  expect(await ada.expect('PATCH', path, { type: 0 })).toMatchObject({ type: 0 })
  for (const type of [2, 4, 15]) expect(await outcome(ada, 'PATCH', path, { type })).toBe('400 50035')
  const voice = await ada.expect('POST', `/guilds/${id}/channels`, { name: 'Voice', type: 2 })
  expect(await outcome(ada, 'PATCH', `/channels/${voice.id}`, { type: 0 })).toBe('400 50035')
  expect(await outcome(ada, 'PATCH', `/channels/${voice.id}`, { type: 2 })).toBe('200')
  await session.client.close()
})

test('a gateway that comes to know a guild knows what was said a moment before', async () => {
  for (let n = 0; n < 5; n++) {
    const { id, general } = await guildOfBoth()
    const said = await ada.expect('POST', `/channels/${general}/messages`, { content: 'just now' })
    const session = await TestSession.identify(server.gateway, bob.token)
    const { d } = await session.client.until((frame) => frame.t === 'GUILD_CREATE' && frame.d.id === id)
    expect(d.channels.find((channel: { id: string }) => channel.id === general)).toMatchObject({
      last_message_id: said.id,
    })
    await session.client.close()
  }
})

test('a channel that changes keeps its last message, in events and in answers', async () => {
  const { id, general } = await guildOfBoth()
  const parent = await ada.expect('POST', `/guilds/${id}/channels`, { name: 'Category', type: 4 })
  const session = await TestSession.identify(server.gateway, bob.token)
  const path = `/channels/${general}`
  const said = await ada.expect('POST', `${path}/messages`, { content: 'kept' })
  const head = { id: general, last_message_id: said.id }
  await expect.poll(() => bob.expect('GET', path)).toMatchObject(head)
  expect(await ada.expect('PATCH', path, { topic: 'words' })).toMatchObject({ ...head, topic: 'words' })
  expect(await ada.expect('PATCH', path, { topic: 'words' })).toMatchObject(head)
  await ada.expect('PUT', `${path}/permissions/${bob.id}`, { type: 1, allow: '0', deny: '0' })
  await session.heartbeat()
  await session.cut()
  await ada.expect('PATCH', `/guilds/${id}/channels`, [{ id: general, parent_id: parent.id }])
  await session.resume(server.gateway)
  expect(await ada.expect('PATCH', `/channels/${parent.id}`, { name: 'Other' })).not.toHaveProperty(
    'last_message_id',
  )
  await ada.expect('DELETE', `/channels/${parent.id}`)
  await session.until(({ t, d }) => t === 'CHANNEL_DELETE' && d.id === parent.id)
  const told = session.stream.filter(({ t }) => t === 'CHANNEL_UPDATE').map(({ d }) => d)
  const renamed = { ...parent, name: 'Other' }
  expect(told).toEqual([
    ...Array(3).fill(expect.objectContaining(head)),
    renamed,
    expect.objectContaining(head),
  ])
  expect(await ada.expect('DELETE', path)).toMatchObject(head)
  expect(session.problems).toEqual([])
  await session.client.close()
})

test('an invite to a channel that is gone is gone', async () => {
  const { id } = await newGuild(ada)
  const channel = await ada.expect('POST', `/guilds/${id}/channels`, { name: 'short' })
  const { code } = await ada.expect('POST', `/channels/${channel.id}/invites`, {})
  await ada.expect('DELETE', `/channels/${channel.id}`)
  expect(await outcome(ada, 'GET', `/invites/${code}`)).toBe('404 10006')
  expect(await outcome(bob, 'POST', `/invites/${code}`)).toBe('404 10006')
  expect(await ada.expect('GET', `/guilds/${id}/invites`)).toEqual([])
})

test('a category has at most 50 channels, also when more come at once', async () => {
  const { id } = await newGuild(ada)
  const channels = `/guilds/${id}/channels`
  const category = await ada.expect('POST', channels, { name: 'Full', type: 4 })
  const into = (n: number) => outcome(ada, 'POST', channels, { name: `c${n}`, parent_id: category.id })
  const outcomes = await Promise.all(Array.from({ length: 52 }, (_, n) => into(n)))
  expect(outcomes.sort()).toEqual([...Array(50).fill('201'), ...Array(2).fill('400 50035')])
  const other = await ada.expect('POST', channels, { name: 'outside' })
  expect(await outcome(ada, 'PATCH', `/channels/${other.id}`, { parent_id: category.id })).toBe('400 50035')
  const [child] = (await ada.expect('GET', channels)).filter(
    ({ parent_id }: { parent_id: string | null }) => parent_id === category.id,
  )
  expect(await outcome(ada, 'PATCH', `/channels/${child.id}`, { parent_id: category.id })).toBe('200')
})

test('a guild is made with the picture and the levels that it is to have', async () => {
  const levels = { verification_level: 2, default_message_notifications: 1, explicit_content_filter: 1 }
  const made = await ada.expect('POST', '/guilds', { name: 'Drawn', icon: dataUri(PNG), ...levels })
  expect(made).toMatchObject({ ...levels, icon: expect.stringMatching(/^[0-9a-f]{32}$/) })
  expect((await fetch(`${server.http}/icons/${made.id}/${made.icon}.png`)).status).toBe(200)
  expect(await ada.expect('GET', `/guilds/${made.id}`)).toMatchObject({ ...levels, icon: made.icon })
  const wrong = { name: 'Drawn', icon: 'data:image/png;base64,' }
  expect(await outcome(ada, 'POST', '/guilds', wrong)).toBe('400 50035')
})

const many = <T>(count: number, one: (n: number) => T) => Array.from({ length: count }, (_, n) => one(n))

const NEWS = { name: 'news', type: 5, parent_id: 7, topic: 'first' }
const OF_COUNTER = [
  { id: 0, type: 0, deny: VIEW_CHANNEL },
  { id: 2, type: 0, allow: VIEW_CHANNEL },
]
const COUNTER = { id: 7, name: 'Behind the counter', type: 4, permission_overwrites: OF_COUNTER }
const STRUCTURE = {
  name: 'Templated',
  roles: [
    { id: 0, name: 'ignored', permissions: VIEW_CHANNEL },
    { id: 1, name: 'readers', color: 0xff, hoist: true, permissions: '0' },
    { id: '2', name: 'brewers', mentionable: true, unicode_emoji: '🍵' },
  ],
  channels: [
    COUNTER,
    NEWS,
    { id: '8', name: 'Tea Room', position: 40, permission_overwrites: [] },
    { id: 9, name: 'Idle Room', type: 2, parent_id: '7', user_limit: 3 },
  ],
  afk_channel_id: 9,
  afk_timeout: 60,
  system_channel_id: 8,
  system_channel_flags: 2,
}

test('[VIS-1] a guild is made with roles and channels that name each other by ids of the body', async () => {
  const session = await TestSession.identify(server.gateway, ada.token)
  const forBob = { id: bob.id, type: 1, deny: '2048' }
  const made = await ada.expect('POST', '/guilds', {
    ...STRUCTURE,
    roles: [...STRUCTURE.roles, { icon: dataUri(PNG) }],
    channels: [
      { ...COUNTER, permission_overwrites: [...OF_COUNTER, forBob] },
      ...STRUCTURE.channels.slice(1),
    ],
  })
  const [, readers, brewers, drawn] = made.roles
  expect(made.roles).toMatchObject([
    { id: made.id, name: '@everyone', position: 0, permissions: VIEW_CHANNEL },
    { name: 'readers', position: 1, color: 0xff, hoist: true, permissions: '0' },
    { name: 'brewers', position: 2, mentionable: true, unicode_emoji: '🍵' },
    { name: 'new role', position: 3, icon: expect.stringMatching(/^[0-9a-f]{32}$/) },
  ])
  expect((await fetch(`${server.http}/role-icons/${drawn.id}/${drawn.icon}.png`)).status).toBe(200)
  const channels = await ada.expect('GET', `/guilds/${made.id}/channels`)
  const [category, news, room, idle] = channels
  const inCategory = {
    parent_id: category.id,
    permission_overwrites: [
      { id: made.id, type: 0, allow: '0', deny: VIEW_CHANNEL },
      { id: brewers.id, type: 0, allow: VIEW_CHANNEL, deny: '0' },
      { id: bob.id, type: 1, allow: '0', deny: '2048' },
    ],
  }
  expect(channels).toMatchObject([
    { ...inCategory, name: 'Behind the counter', type: 4, position: 0, parent_id: null },
    { ...inCategory, name: 'news', type: 5, position: 1, topic: 'first' },
    { name: 'tea-room', type: 0, position: 2, parent_id: null, permission_overwrites: [] },
    { ...inCategory, name: 'Idle Room', type: 2, position: 3, user_limit: 3 },
  ])
  const named = {
    afk_channel_id: idle.id,
    afk_timeout: 60,
    system_channel_id: room.id,
    system_channel_flags: 2,
  }
  expect(made).toMatchObject(named)
  expect(await ada.expect('GET', `/guilds/${made.id}`)).toEqual({ ...made, ...named })
  const { d } = await session.until(({ t, d }) => t === 'GUILD_CREATE' && d.id === made.id)
  expect(d.roles).toEqual(made.roles)
  expect(d.channels.map(({ id }: { id: string }) => id).sort()).toEqual(
    channels.map(({ id }: { id: string }) => id).sort(),
  )

  await join(ada, bob, room.id)
  const seen = async () => {
    const visible: { id: string }[] = await bob.expect('GET', `/guilds/${made.id}/channels`)
    return visible.map(({ id }) => id)
  }
  expect(await seen()).toEqual([room.id])
  await ada.expect('PUT', `/guilds/${made.id}/members/${bob.id}/roles/${readers.id}`)
  expect(await seen()).toEqual([room.id])
  await ada.expect('PUT', `/guilds/${made.id}/members/${bob.id}/roles/${brewers.id}`)
  expect(await seen()).toEqual([category.id, news.id, room.id, idle.id])
  expect(session.problems).toEqual([])
  await session.client.close()
})

test('a guild is made with the usual channels or roles where only the other ones are given, or none', async () => {
  const channelsOf = async ({ id }: { id: string }): Promise<{ id: string; name: string }[]> =>
    ada.expect('GET', `/guilds/${id}/channels`)
  const usual = ['Text Channels', 'general']
  const { roles } = STRUCTURE
  for (const [lists, names, channelNames] of [
    [{ roles }, ['@everyone', 'readers', 'brewers'], usual],
    [{ roles: [], channels: [] }, ['@everyone'], usual],
    [{ roles: null, channels: null }, ['@everyone'], usual],
    [{ channels: [{ name: 'alone' }] }, ['@everyone'], ['alone']],
  ] as const) {
    const made = await ada.expect('POST', '/guilds', { name: 'Half', ...lists })
    const channels = await channelsOf(made)
    expect(made.roles.map(({ name }: { name: string }) => name)).toEqual(names)
    expect(channels.map(({ name }) => name)).toEqual(channelNames)
    const general = channels.find(({ name }) => name === 'general')
    expect(made.system_channel_id).toBe(general?.id ?? null)
  }
})

test('a guild is not made of what does not fit together', async () => {
  const role = (n: number) => ({ id: n, name: `r${n}` })
  const channel = (n: number) => ({ id: n, name: `c${n}` })
  const overwritten = (overwrite: object) => [{ name: 'x', permission_overwrites: [overwrite] }]
  const category = { id: 600, name: 'Full', type: 4 }
  const before = await ada.expect('GET', '/users/@me/guilds')
  for (const [path, body] of [
    ['channels.0.parent_id', { channels: [NEWS, COUNTER] }],
    ['channels.1.parent_id', { channels: [channel(7), NEWS] }],
    ['channels.1.id', { channels: [channel(7), channel(7)] }],
    ['channels.0.name', { channels: [{ name: '' }] }],
    [
      'channels.51.parent_id',
      { channels: [category, ...many(51, (n) => ({ ...channel(n), parent_id: 600 }))] },
    ],
    ['channels', { channels: many(501, channel) }],
    ['channels.0.permission_overwrites.0.id', { channels: overwritten({ id: 0, type: 0 }) }],
    [
      'channels.0.permission_overwrites.0.id',
      { roles: [role(1)], channels: overwritten({ id: 2, type: 0 }) },
    ],
    ['channels.0.permission_overwrites.0', { channels: overwritten({ id: bob.id, type: 1, allow: 'all' }) }],
    ['roles.1.id', { roles: [role(1), { ...role(1), id: '1' }] }],
    ['roles.1.permissions', { roles: [role(1), { permissions: 'all' }] }],
    ['roles.0.permissions', { roles: [{ permissions: 'all' }] }],
    ['roles.1.unicode_emoji', { roles: [role(1), { unicode_emoji: 'tea' }] }],
    ['roles.1.icon', { roles: [role(1), { icon: 'data:image/png;base64,' }] }],
    ['roles', { roles: many(251, role) }],
    ['system_channel_id', { system_channel_id: 7 }],
    ['system_channel_id', { channels: [category], system_channel_id: 600 }],
    ['afk_channel_id', { channels: [channel(7)], afk_channel_id: 7 }],
    ['afk_timeout', { afk_timeout: 61 }],
  ] as const) {
    const exchange = await ada.request('POST', '/guilds', { name: 'Wrong', ...body })
    const at = path.split('.').reduce((errors, key) => errors?.[key], exchange.body.errors)
    expect([path, exchange.status, exchange.body.code, at]).toEqual([
      path,
      400,
      50_035,
      { _errors: [expect.anything()] },
    ])
  }
  const stranger = { channels: overwritten({ id: NOBODY, type: 1 }) }
  expect(await outcome(ada, 'POST', '/guilds', { name: 'Wrong', ...stranger })).toBe('404 10013')
  const large = { channels: many(500, (n) => ({ ...channel(n), topic: '茶'.repeat(1_024) })) }
  expect(await outcome(ada, 'POST', '/guilds', { name: 'Wrong', ...large })).toBe('413 40005')
  expect(await ada.expect('GET', '/users/@me/guilds')).toEqual(before)
})

test('a guild is made with 250 roles and 500 channels at once, and then is full', async () => {
  const { id, roles } = await ada.expect('POST', '/guilds', {
    name: 'Full',
    roles: many(250, (n) => ({ name: `r${n}` })),
    channels: many(500, (n) => ({ name: `c${n}` })),
  })
  expect(roles).toHaveLength(250)
  expect(await ada.expect('GET', `/guilds/${id}/channels`)).toHaveLength(500)
  expect(await outcome(ada, 'POST', `/guilds/${id}/roles`, {})).toBe('400 30005')
  expect(await outcome(ada, 'POST', `/guilds/${id}/channels`, { name: 'x' })).toBe('400 30013')
})

test('names are kept without what nobody sees of them, and one of nothing else is refused', async () => {
  const { id, general } = await newGuild(ada)
  const [dressed, nothing] = ['\u202Etea\u200B \u0007👩\u200D🚀', '\u200B\u3164']
  const shown = 'tea 👩\u200D🚀'
  const places: [method: string, path: string, field: string, shown: string][] = [
    ['PATCH', `/guilds/${id}`, 'name', shown],
    ['POST', '/guilds', 'name', shown],
    ['PATCH', `/channels/${general}`, 'name', shown.replace(' ', '-')],
    ['POST', `/guilds/${id}/roles`, 'name', shown],
    ['POST', '/applications', 'name', shown],
    ['PATCH', `/guilds/${id}/members/@me`, 'nick', shown],
    ['PATCH', '/users/@me', 'global_name', shown],
  ]
  for (const [method, path, field, wanted] of places) {
    expect((await ada.expect(method, path, { [field]: dressed }))[field], path).toBe(wanted)
    const left = await ada.request(method, path, { [field]: nothing })
    if (field === 'name') expect(left.body.code, path).toBe(50_035)
    else expect(left.body[field], path).toBeNull()
  }
})
