import { afterAll, beforeAll, expect, test } from 'vitest'
import { GatewayClient, TestSession } from '#test/support/gateway-client.ts'
import { join, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

let server: TestServer
let ada: Person
let bob: Person
let guild: { id: string; general: string }

beforeAll(async () => {
  server = await startServer()
  ada = await newPerson(server.http, 'ada')
  bob = await newPerson(server.http, 'bob')
  guild = await newGuild(ada)
  await join(ada, bob, guild.general)
})
afterAll(() => server.stop())

const edit = (person: Person, guildId: string, body: object) =>
  person.expect('PATCH', `/users/@me/guilds/${guildId}/settings`, body)

test('[RES-1] settings of a guild are versioned, merged by field, and told to one’s own sessions', async () => {
  const session = await TestSession.identify(server.gateway, bob.token)
  const other = await GatewayClient.enter(server.gateway, ada.token)
  await session.cut()
  const first = await edit(bob, guild.id, {
    muted: true,
    mute_config: { selected_time_window: 3_600, end_time: '2026-01-02T03:04:05.000000+00:00', more: 1 },
    channel_overrides: { [guild.general]: { message_notifications: 2, unknown: 1 } },
    unknown: 1,
  })
  expect(first).toEqual({
    guild_id: guild.id,
    version: 1,
    message_notifications: 3,
    muted: true,
    mute_config: { selected_time_window: 3_600, end_time: '2026-01-02T03:04:05.000000+00:00' },
    suppress_everyone: false,
    suppress_roles: false,
    mobile_push: true,
    hide_muted_channels: false,
    mute_scheduled_events: false,
    notify_highlights: 0,
    flags: 0,
    channel_overrides: [
      {
        channel_id: guild.general,
        message_notifications: 2,
        muted: false,
        mute_config: null,
        collapsed: false,
        flags: 0,
      },
    ],
  })
  const told = await session.resume(server.gateway)
  expect(told.map(({ t, d }) => [t, d])).toEqual([['USER_GUILD_SETTINGS_UPDATE', first]])

  const channel_overrides = { [guild.general]: { muted: true } }
  const second = await edit(bob, guild.id, { message_notifications: 1, mute_config: null, channel_overrides })
  expect(second).toMatchObject({ version: 2, message_notifications: 1, muted: true, mute_config: null })
  expect(second.channel_overrides).toMatchObject([{ message_notifications: 2, muted: true }])
  await session.until(({ t, d }) => t === 'USER_GUILD_SETTINGS_UPDATE' && d.version === 2)
  await other.heartbeat()
  expect(other.dispatches.map(({ t }) => t)).not.toContain('USER_GUILD_SETTINGS_UPDATE')
  expect(session.problems).toEqual([])
  await Promise.all([session.client.close(), other.close()])
})

test('READY has those of the guilds that one is in, and of conversations', async () => {
  const carol = await newPerson(server.http, 'carol')
  await join(ada, carol, guild.general)
  const ready = async () => {
    const client = await GatewayClient.enter(server.gateway, carol.token)
    const { user_guild_settings } = await client.dispatch('READY')
    await client.close()
    return user_guild_settings
  }
  expect(await ready()).toEqual([])
  const direct = await edit(carol, '@me', { suppress_roles: true, channel_overrides: { 1: { muted: true } } })
  expect(direct).toMatchObject({ guild_id: null, version: 1, channel_overrides: [{ channel_id: '1' }] })
  const ofGuild = await edit(carol, guild.id, { hide_muted_channels: true })
  expect(await ready()).toEqual([direct, ofGuild])
  expect((await carol.request('DELETE', `/users/@me/guilds/${guild.id}`)).status).toBe(204)
  expect(await ready()).toEqual([direct])
  const path = `/users/@me/guilds/${guild.id}/settings`
  expect((await carol.request('PATCH', path, { muted: true })).body.code).toBe(50_001)
})

test('no more than 500 channels, however many at a time', async () => {
  const many = (from: number, count: number) => ({
    channel_overrides: Object.fromEntries(
      Array.from({ length: count }, (_, n) => [String(from + n), { muted: true }]),
    ),
  })
  await edit(ada, '@me', many(1, 499))
  await edit(ada, '@me', many(499, 2))
  const path = '/users/@me/guilds/@me/settings'
  expect((await ada.request('PATCH', path, many(501, 1))).status).toBe(400)
  expect((await ada.request('PATCH', path, many(1, 501))).status).toBe(400)
})
