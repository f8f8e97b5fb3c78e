import { afterAll, beforeAll, expect, test } from 'vitest'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { moderatedGuild, outcome } from '#test/support/moderated-guild.ts'
import { Caller, join, newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

const VIEW_CHANNEL = String(Permission.VIEW_CHANNEL)
const SEND_MESSAGES = String(Permission.SEND_MESSAGES)
const MANAGES_ROLES = Permission.MANAGE_ROLES | Permission.MANAGE_CHANNELS | Permission.VIEW_CHANNEL

let server: TestServer
let ada: Person
let bob: Person
let eve: Person

beforeAll(async () => {
  server = await startServer()
  ada = await newPerson(server.http, 'ada')
  bob = await newPerson(server.http, 'bob')
  eve = await newPerson(server.http, 'eve')
})
afterAll(async () => {
  await server.stop()
})

test('[PERM-7] one for somebody who is no member counts when he comes, and stays when he goes', async () => {
  const guild = await newGuild(ada)
  const permission_overwrites = [
    { id: guild.id, type: 0, allow: '0', deny: VIEW_CHANNEL },
    { id: bob.id, type: 1, allow: VIEW_CHANNEL, deny: '0' },
  ]
  const make = (fields: object) => ada.expect('POST', `/guilds/${guild.id}/channels`, fields)
  const made = await make({ name: 'made-with-it', permission_overwrites })
  const given = await make({ name: 'given-it', permission_overwrites: permission_overwrites.slice(0, 1) })
  await ada.expect('PUT', `/channels/${given.id}/permissions/${bob.id}`, permission_overwrites[1])
  await join(ada, bob, guild.general)
  for (const { id } of [made, given]) expect(await outcome(bob, 'GET', `/channels/${id}`)).toBe('200')
  await bob.expect('DELETE', `/users/@me/guilds/${guild.id}`)
  const kept = await ada.expect('PATCH', `/channels/${made.id}`, { topic: 'still', permission_overwrites })
  expect(kept).toMatchObject({ topic: 'still', permission_overwrites })
})

test('none is for a role of another guild, or for somebody who is nobody', async () => {
  const [guild, other] = [await newGuild(ada), await newGuild(ada)]
  const role = await ada.expect('POST', `/guilds/${other.id}/roles`, {})
  const before = await ada.expect('GET', `/guilds/${guild.id}/channels`)
  const refused = [
    ['404 10011', { id: role.id, type: 0 }],
    ['404 10011', { id: other.id, type: 0 }],
    ['404 10011', { id: bob.id, type: 0 }],
    ['404 10013', { id: role.id, type: 1 }],
    ['404 10013', { id: guild.id, type: 1 }],
  ] as const
  for (const [code, overwrite] of refused) {
    const body = { name: 'x', permission_overwrites: [{ ...overwrite, deny: VIEW_CHANNEL }] }
    const permission = `/channels/${guild.general}/permissions/${overwrite.id}`
    expect(await outcome(ada, 'POST', `/guilds/${guild.id}/channels`, body)).toBe(code)
    expect(await outcome(ada, 'PATCH', `/channels/${guild.general}`, body)).toBe(code)
    expect(await outcome(ada, 'PUT', permission, { type: overwrite.type, deny: VIEW_CHANNEL })).toBe(code)
  }
  expect(await ada.expect('GET', `/guilds/${guild.id}/channels`)).toEqual(before)
})

test('[PERM-17] a bot that locks a channel for everybody, itself included, unlocks it again', async () => {
  const guild = await newGuild(ada)
  const flags = MANAGES_ROLES | Permission.SEND_MESSAGES
  const { token } = await newBot(ada, guild.id, String(flags))
  const bot = new Caller(server.http, `Bot ${token}`)
  const everyone = `/channels/${guild.general}/permissions/${guild.id}`
  const messages = `/channels/${guild.general}/messages`
  await bot.expect('PUT', everyone, { type: 0, deny: SEND_MESSAGES })
  expect(await outcome(bot, 'POST', messages, { content: 'locked' })).toBe('403 50013')
  await bot.expect('PUT', everyone, { type: 0, allow: '0', deny: '0' })
  expect(await outcome(bot, 'POST', messages, { content: 'open' })).toBe('200')
  const permission_overwrites = [{ id: guild.id, type: 0, deny: SEND_MESSAGES }]
  await bot.expect('PATCH', `/channels/${guild.general}`, { permission_overwrites })
  await bot.expect('DELETE', everyone)
  expect(await outcome(bot, 'POST', messages, { content: 'open' })).toBe('200')
})

test('[PERM-17] flags that one has in the guild, the channel or its category, and no others', async () => {
  const guild = await moderatedGuild([ada, bob, eve], MANAGES_ROLES)
  const make = (fields: object) => ada.expect('POST', `/guilds/${guild.id}/channels`, fields)
  const gives = (flag: bigint) => [{ id: guild.role, type: 0, allow: String(flag) }]
  const category = await make({
    name: 'Rooms',
    type: 4,
    permission_overwrites: gives(Permission.MANAGE_MESSAGES),
  })
  const channel = await make({
    name: 'room',
    parent_id: category.id,
    permission_overwrites: gives(Permission.MANAGE_WEBHOOKS),
  })
  const puts = (flag: bigint, where = channel.id) => {
    const path = `/channels/${where}/permissions/${eve.id}`
    return outcome(bob, 'PUT', path, { type: 1, allow: String(flag) })
  }
  expect(await puts(Permission.MANAGE_CHANNELS)).toBe('204')
  expect(await puts(Permission.MANAGE_WEBHOOKS)).toBe('204')
  expect(await puts(Permission.MANAGE_MESSAGES)).toBe('204')
  expect(await puts(Permission.MANAGE_MESSAGES | Permission.MOVE_MEMBERS)).toBe('403 50013')
  expect(await puts(Permission.MANAGE_WEBHOOKS, category.id)).toBe('403 50013')
  expect(await puts(Permission.MANAGE_MESSAGES, guild.general)).toBe('403 50013')
  const sends = (...permission_overwrites: object[]) =>
    outcome(bob, 'PATCH', `/channels/${channel.id}`, { permission_overwrites })
  const others = gives(Permission.MANAGE_WEBHOOKS | Permission.MOVE_MEMBERS)
  expect(await sends(...others)).toBe('403 50013')
  expect(await sends(...channel.permission_overwrites, ...others)).toBe('403 50013')
  expect(await sends(...channel.permission_overwrites)).toBe('200')
})

test('[PERM-17] all of them by an overwrite with MANAGE_ROLES, which only administrators make', async () => {
  const guild = await moderatedGuild([ada, bob, eve], MANAGES_ROLES)
  const path = `/channels/${guild.general}/permissions`
  const manages = { type: 1, allow: String(Permission.MANAGE_ROLES) }
  const other = { type: 1, allow: String(Permission.MOVE_MEMBERS) }
  for (const body of [manages, other])
    for (const { id } of [bob, eve])
      expect(await outcome(bob, 'PUT', `${path}/${id}`, body)).toBe('403 50013')
  await ada.expect('PUT', `${path}/${bob.id}`, manages)
  for (const body of [manages, other])
    expect(await outcome(bob, 'PUT', `${path}/${eve.id}`, body)).toBe('204')
  const administrator = { type: 1, allow: String(Permission.ADMINISTRATOR) }
  expect(await outcome(bob, 'PUT', `${path}/${eve.id}`, administrator)).toBe('403 50013')
})

test('[PERM-17] those of a new channel are in flags that its maker has in the guild, without MANAGE_ROLES', async () => {
  const flags = Permission.MANAGE_CHANNELS | Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES
  const guild = await moderatedGuild([ada, bob, eve], flags)
  const makes = (maker: Person, fields: object) =>
    outcome(maker, 'POST', `/guilds/${guild.id}/channels`, { name: 'x', ...fields })
  const closed = [
    { id: guild.id, type: 0, deny: VIEW_CHANNEL },
    { id: eve.id, type: 1, allow: String(flags) },
  ]
  expect(await makes(bob, { permission_overwrites: closed })).toBe('201')
  expect(await makes(eve, {})).toBe('403 50013')
  const allows = (flag: bigint) => ({
    permission_overwrites: [...closed, { id: bob.id, type: 1, allow: String(flag) }],
  })
  expect(await makes(bob, allows(Permission.MOVE_MEMBERS))).toBe('403 50013')
  await ada.expect('PATCH', `${guild.roles}/${guild.role}`, {
    permissions: String(flags | Permission.MANAGE_ROLES),
  })
  expect(await makes(bob, allows(Permission.MANAGE_ROLES))).toBe('403 50013')
  expect(await makes(ada, allows(Permission.MANAGE_ROLES))).toBe('201')
})
