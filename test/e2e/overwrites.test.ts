import { afterAll, beforeAll, expect, test } from 'vitest'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { outcome } from '#test/support/moderated-guild.ts'
import { join, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

const VIEW_CHANNEL = String(Permission.VIEW_CHANNEL)

let server: TestServer
let ada: Person
let bob: Person

beforeAll(async () => {
  server = await startServer()
  ada = await newPerson(server.http, 'ada')
  bob = await newPerson(server.http, 'bob')
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

test('[PERM-17] a list that names somebody twice grants nothing that its author does not have', async () => {
  const guild = await newGuild(ada)
  await join(ada, bob, guild.general)
  const permissions = String(Permission.MANAGE_CHANNELS | Permission.MANAGE_ROLES)
  const role = await ada.expect('POST', `/guilds/${guild.id}/roles`, { permissions })
  await ada.expect('PUT', `/guilds/${guild.id}/members/${bob.id}/roles/${role.id}`)
  const own = { id: bob.id, type: 1 }
  const allow = String(Permission.MANAGE_MESSAGES)
  const permission_overwrites = [own, { ...own, allow }]
  const path = `/channels/${guild.general}`
  expect(await outcome(bob, 'PATCH', path, { permission_overwrites })).toBe('403 50013')
  expect(await outcome(bob, 'PATCH', path, { permission_overwrites: [{ ...own, allow }, own] })).toBe('200')
  expect((await ada.expect('GET', path)).permission_overwrites).toMatchObject([{ allow: '0', deny: '0' }])
})
