import { afterAll, beforeAll, expect, test } from 'vitest'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { moderatedGuild, outcome } from '#test/support/moderated-guild.ts'
import { newBot, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests read what the wire says
type Json = any

const DAY = 24 * 3_600_000

let server: TestServer
let ada: Person
let bob: Person
let carl: Person

beforeAll(async () => {
  server = await startServer()
  ada = await newPerson(server.http, 'ada')
  bob = await newPerson(server.http, 'bob')
  carl = await newPerson(server.http, 'carl')
})
afterAll(async () => {
  await server.stop()
})

const guildWith = (flags: bigint) => moderatedGuild([ada, bob, carl], flags)

const soon = (ms: number) => new Date(Date.now() + ms).toISOString()

test('nicknames: of others with the permission and rank, one’s own with another', async () => {
  const { members, roles, id, role } = await guildWith(Permission.MANAGE_NICKNAMES)
  expect(await bob.expect('PATCH', `${members}/${carl.id}`, { nick: ' Carlo ' })).toMatchObject({
    nick: 'Carlo',
    user: { id: carl.id },
  })
  expect(await outcome(carl, 'PATCH', `${members}/${bob.id}`, { nick: 'x' })).toBe('403 50013')
  expect(await outcome(bob, 'PATCH', `${members}/${ada.id}`, { nick: 'x' })).toBe('403 50013')
  expect((await bob.expect('PATCH', `${members}/${carl.id}`, { nick: null })).nick).toBeNull()
  expect((await carl.expect('PATCH', `${members}/@me`, { nick: 'C' })).nick).toBe('C')
  expect(await carl.expect('PATCH', `${members}/@me/nick`, { nick: '' })).toEqual({ nick: null })
  await ada.expect('PATCH', `${roles}/${id}`, { permissions: '1024' })
  expect(await outcome(carl, 'PATCH', `${members}/@me`, { nick: 'x' })).toBe('403 50013')
  await ada.expect('PUT', `${members}/${carl.id}/roles/${role}`)
  expect(await outcome(bob, 'PATCH', `${members}/${carl.id}`, { nick: 'x' })).toBe('403 50013')
  expect(await outcome(ada, 'PATCH', `${members}/${carl.id}`, { nick: 'x'.repeat(33) })).toBe('400 50035')
})

test('roles: only those below one’s own come and go', async () => {
  const { members, roles, role, id } = await guildWith(Permission.MANAGE_ROLES)
  const low = await ada.expect('POST', roles, { name: 'low', permissions: '0' })
  const path = `${members}/${carl.id}`
  const [, mine] = await ada.expect('GET', roles)
  expect([role, low.id]).toContain(mine.id)
  expect((await bob.expect('PATCH', path, { roles: [low.id] })).roles).toEqual([low.id])
  expect((await bob.expect('PATCH', path, { roles: [low.id, low.id] })).roles).toEqual([low.id])
  expect(await outcome(bob, 'PATCH', path, { roles: [low.id, role] })).toBe('403 50013')
  expect(await outcome(bob, 'PATCH', path, { roles: ['1000000000000000001'] })).toBe('404 10011')
  expect(await outcome(bob, 'PATCH', path, { roles: [id] })).toBe('400 50028')
  expect(await outcome(carl, 'PATCH', path, { roles: [] })).toBe('403 50013')
  expect((await bob.expect('PATCH', path, { roles: null })).roles).toEqual([])
})

test('[MOD-1][PERM-10] time-outs: silent until they end, 28 days at most, not of owners and administrators', async () => {
  const { members, general, id, roles } = await guildWith(Permission.MODERATE_MEMBERS)
  const path = `${members}/${carl.id}`
  const until = soon(DAY)
  const changed = await bob.expect('PATCH', path, { communication_disabled_until: until })
  expect(Date.parse(changed.communication_disabled_until)).toBe(Date.parse(until))
  const say = () => outcome(carl, 'POST', `/channels/${general}/messages`, { content: 'x' })
  expect(await say()).toBe('403 50013')
  expect(await outcome(carl, 'GET', `/channels/${general}/messages`)).toBe('200')
  expect(await outcome(carl, 'PATCH', `${members}/@me`, { nick: 'x' })).toBe('403 50013')
  await bob.expect('PATCH', path, { communication_disabled_until: null })
  expect(await say()).toBe('200')
  await bob.expect('PATCH', path, { communication_disabled_until: soon(-DAY) })
  expect(await say()).toBe('200')
  const timeOut = (who: Person, ms: number) =>
    outcome(bob, 'PATCH', `${members}/${who.id}`, { communication_disabled_until: soon(ms) })
  expect(await timeOut(carl, 28 * DAY + 60_000)).toBe('400 50035')
  expect(await timeOut(carl, 28 * DAY - 60_000)).toBe('200')
  expect(await timeOut(ada, DAY)).toBe('403 50013')
  expect(await timeOut(bob, DAY)).toBe('403 50013')
  expect(await outcome(carl, 'PATCH', path, { communication_disabled_until: null })).toBe('403 50013')
  const admin = await ada.expect('POST', roles, { name: 'admin', permissions: '8' })
  await ada.expect('PUT', `${path}/roles/${admin.id}`)
  expect(await timeOut(carl, DAY)).toBe('403 50013')
  expect(await outcome(ada, 'PATCH', path, { communication_disabled_until: soon(DAY) })).toBe('403 50013')
  expect(await outcome(bob, 'PATCH', path, { communication_disabled_until: '2026-12-31T23:59:60Z' })).toMatch(
    /^40/,
  )
  expect(await outcome(ada, 'PATCH', `/guilds/${id}/members/1`, { nick: 'x' })).toBe('404 10007')
})

test('a bot lists members only while its application has the intent', async () => {
  const { id, members } = await guildWith(0n)
  const { token } = await newBot(ada, id)
  const bot = ada.as(`Bot ${token}`)
  expect(await bot.expect('GET', `${members}?limit=10`)).toHaveLength(4)
  await bot.expect('PATCH', '/applications/@me', { flags: 0 })
  expect(await outcome(bot, 'GET', members)).toBe('403 50001')
  expect(await outcome(bot, 'GET', `${members}/${carl.id}`)).toBe('200')
})

test('flags and voice', async () => {
  const { members } = await guildWith(0n)
  const path = `${members}/${carl.id}`
  expect((await ada.expect('PATCH', path, { flags: 7 })).flags).toBe(4)
  expect(await outcome(bob, 'PATCH', path, { flags: 0 })).toBe('403 50013')
  expect((await ada.expect('PATCH', path, { flags: 0, mute: false })).flags).toBe(0)
  for (const body of [{ mute: true }, { deaf: true }, { channel_id: null }]) {
    expect(await outcome(ada, 'PATCH', path, body)).toBe('400 40032')
    expect(await outcome(bob, 'PATCH', path, body)).toBe('403 50013')
  }
})

test('what a member is sent back by somebody without the right changes nothing', async () => {
  const { members } = await guildWith(0n)
  const before = await ada.expect('GET', `${members}/${carl.id}`)
  expect(await outcome(bob, 'PATCH', `${members}/${carl.id}`, { ...before, nick: 'x', roles: [] })).toBe(
    '403 50013',
  )
  expect(await ada.expect('GET', `${members}/${carl.id}`)).toEqual(before)
})

test('search by the beginning of any name, in any case', async () => {
  const { members } = await guildWith(0n)
  await ada.expect('PATCH', `${members}/${carl.id}`, { nick: 'Ünder 100%' })
  const found = async (query: string, more = '') =>
    (await bob.expect('GET', `${members}/search?query=${encodeURIComponent(query)}${more}`)).map(
      ({ user }: Json) => user.id,
    )
  expect(await found('üNDER')).toEqual([carl.id])
  expect(await found('%')).toEqual([])
  expect(await found(bob.username.toUpperCase())).toEqual([bob.id])
  expect(await found('nder')).toEqual([])
  expect(await outcome(bob, 'GET', `${members}/search`)).toBe('400 50035')
})
