import { afterAll, beforeAll, expect, test } from 'vitest'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { eventually } from '#test/support/eventually.ts'
import { moderatedGuild, outcome } from '#test/support/moderated-guild.ts'
import { newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests read what the wire says
type Json = any

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

const entriesOf = async (guildId: string, query = '') =>
  (await ada.expect('GET', `/guilds/${guildId}/audit-logs${query}`)).audit_log_entries as Json[]

test('[MOD-4] has an entry for everything that changes a guild, with who, whom, what and why', async () => {
  const guild = await guildWith(Permission.MANAGE_MESSAGES)
  const reason = { 'x-audit-log-reason': encodeURIComponent('because “tea”') }
  const act = async (method: string, path: string, body?: unknown) => {
    const exchange = await ada.request(method, path, body, reason)
    expect([method, path, exchange.status < 300]).toEqual([method, path, true])
    return exchange.body
  }
  const since = (await entriesOf(guild.id))[0].id
  const { id } = guild
  await act('PATCH', `/guilds/${id}`, { name: 'Renamed', description: 'of tea' })
  const channel = await act('POST', `/guilds/${id}/channels`, { name: 'room', topic: 'tea' })
  await act('PATCH', `/channels/${channel.id}`, { topic: null, nsfw: true })
  const overwrite = `/channels/${channel.id}/permissions/${id}`
  await act('PUT', overwrite, { type: 0, deny: '2048' })
  await act('PUT', overwrite, { type: 0, deny: '2048', allow: '64' })
  await act('DELETE', overwrite)
  await act('DELETE', `/channels/${channel.id}`)
  const role = await act('POST', guild.roles, { name: 'pourers' })
  await act('PATCH', `${guild.roles}/${role.id}`, { hoist: true })
  await act('PATCH', `${guild.members}/${carl.id}`, { nick: 'C', roles: [role.id] })
  await act('DELETE', `${guild.members}/${carl.id}/roles/${role.id}`)
  await act('DELETE', `${guild.roles}/${role.id}`)
  const invite = await act('POST', `/channels/${guild.general}/invites`, { unique: true, max_uses: 3 })
  await act('DELETE', `/invites/${invite.code}`)
  const { applicationId } = await newBot(ada, id, '0')
  await act('DELETE', `${guild.members}/${applicationId}`)
  await act('PUT', `/guilds/${id}/bans/${carl.id}`)
  await act('DELETE', `/guilds/${id}/bans/${carl.id}`)
  const entries = await entriesOf(id, `?after=${since}&limit=100`)
  expect(entries.map(({ action_type }) => action_type)).toEqual([
    1, 10, 11, 13, 14, 15, 12, 30, 31, 24, 25, 25, 32, 40, 42, 28, 20, 22, 23,
  ])
  const by = (action: number) => entries.filter(({ action_type }) => action_type === action)
  for (const entry of entries) {
    expect(entry.user_id).toBe(ada.id)
    expect(entry.reason).toBe(entry.action_type === 28 ? undefined : 'because “tea”')
  }
  expect(by(1)[0]).toMatchObject({
    target_id: id,
    changes: [
      { key: 'name', old_value: 'A guild', new_value: 'Renamed' },
      { key: 'description', new_value: 'of tea' },
    ],
  })
  expect(by(11)[0].changes).toEqual([
    { key: 'topic', old_value: 'tea' },
    { key: 'nsfw', old_value: false, new_value: true },
  ])
  expect(by(13)[0]).toMatchObject({
    target_id: channel.id,
    options: { id, type: '0', role_name: '@everyone' },
  })
  expect(by(14)[0].changes).toEqual([{ key: 'allow', old_value: '0', new_value: '64' }])
  expect(by(24)[0]).toMatchObject({ target_id: carl.id, changes: [{ key: 'nick', new_value: 'C' }] })
  expect(by(25)[0].changes).toEqual([{ key: '$add', new_value: [{ id: role.id, name: 'pourers' }] }])
  expect(by(25)[1].changes).toEqual([{ key: '$remove', new_value: [{ id: role.id, name: 'pourers' }] }])
  expect(by(28)[0].target_id).toBe(applicationId)
  expect(by(42)[0].changes).toContainEqual({ key: 'max_uses', old_value: 3 })
})

test('[MOD-4] of deletions of messages of others, one by one and in bulk; not of one’s own', async () => {
  const guild = await guildWith(Permission.MANAGE_MESSAGES)
  const messages = `/channels/${guild.general}/messages`
  const say = async () => (await carl.expect('POST', messages, { content: 'x' })).id
  const [own, one, two, three] = [await say(), await say(), await say(), await say()]
  await carl.expect('DELETE', `${messages}/${own}`)
  await bob.request('DELETE', `${messages}/${one}`, undefined, { 'x-audit-log-reason': 'spam' })
  await bob.expect('POST', `${messages}/bulk-delete`, { messages: [two, three] })
  const found = await eventually('the entries', async () => {
    const entries = await entriesOf(guild.id, `?user_id=${bob.id}`)
    return entries.length >= 2 && entries
  })
  expect(found.map(({ id: _, ...entry }) => entry)).toEqual([
    { action_type: 73, user_id: bob.id, target_id: guild.general, options: { count: '2' } },
    {
      action_type: 72,
      user_id: bob.id,
      target_id: carl.id,
      options: { channel_id: guild.general, count: '1' },
      reason: 'spam',
    },
  ])
})

test('is read in pages, by user, target and action, with the users it names', async () => {
  const guild = await guildWith(Permission.BAN_MEMBERS)
  const path = `/guilds/${guild.id}/audit-logs`
  await bob.expect('PUT', `/guilds/${guild.id}/bans/${carl.id}`)
  await bob.expect('DELETE', `/guilds/${guild.id}/bans/${carl.id}`)
  expect(await outcome(bob, 'GET', path)).toBe('403 50013')
  expect(await outcome(ada, 'GET', `${path}?limit=101`)).toBe('400 50035')
  const log = await ada.expect('GET', path)
  expect(log.users.map(({ id }: Json) => id)).toEqual([ada.id, bob.id, carl.id].sort())
  const ids = log.audit_log_entries.map(({ id }: Json) => id) as string[]
  expect(ids).toEqual([...ids].sort().reverse())
  const page = async (query: string) => (await entriesOf(guild.id, query)).map(({ id }) => id)
  expect(await page('?limit=2')).toEqual(ids.slice(0, 2))
  expect(await page(`?before=${ids[1]}&limit=1`)).toEqual(ids.slice(2, 3))
  expect(await page(`?after=${ids[2]}`)).toEqual([ids[1], ids[0]])
  expect(await page('?action_type=22')).toEqual([ids[1]])
  expect(await page(`?user_id=${bob.id}`)).toEqual(ids.slice(0, 2))
  expect(await page(`?target_id=${carl.id}&action_type=23`)).toEqual([ids[0]])
  expect(await page(`?user_id=${carl.id}`)).toEqual([])
})

test('a change that changes nothing is no entry', async () => {
  const guild = await newGuild(ada)
  await ada.expect('PATCH', `/guilds/${guild.id}`, { name: 'A guild' })
  await ada.expect('PATCH', `/channels/${guild.general}`, {})
  expect(await entriesOf(guild.id)).toEqual([])
})
