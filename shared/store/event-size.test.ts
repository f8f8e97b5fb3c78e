import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { asPosition, asSnowflake } from '#shared/kernel/ids.ts'
import type { EventLog, LogEvent } from '#shared/ports/event-log.ts'
import { bytesOf, MOST_EVENT_BYTES } from '#shared/protocol/events.ts'
import { relationalSubject } from '#shared/protocol/subjects.ts'
import { comparable, TestSession } from '#test/support/gateway-client.ts'
import { join, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { type Rig, startRig } from '#test/support/rig.ts'

/** What the log says that it takes. */
let most = MOST_EVENT_BYTES

let rig: Rig
let ada: Person
let people: Person[]
beforeAll(async () => {
  rig = await startRig(({ log }) => ({ log: withLimit(log) }))
  ada = await newPerson(rig.httpUrl, 'ada')
  people = await Promise.all(Array.from({ length: 12 }, () => newPerson(rig.httpUrl)))
})
afterAll(() => rig.stop())
beforeEach(() => {
  most = MOST_EVENT_BYTES
})

test('[OUT-7] what the log could never take is refused, and nothing is changed', async () => {
  const guild = await newGuild(ada)
  const before = await chainOf(guild.id)
  most = 3_000
  const tooLarge = { status: 413, body: { code: 40005, message: 'Request entity too large' } }
  const topic = 'x'.repeat(1_024)
  const overwrites = people.map(({ id }) => ({ id, type: 1, allow: '0', deny: '0' }))
  const large = { topic, permission_overwrites: overwrites }
  expect(await ada.request('PATCH', `/channels/${guild.general}`, large)).toMatchObject(tooLarge)
  expect(
    await ada.request('POST', '/guilds', { name: 'Large', channels: [{ name: 'a', ...large }] }),
  ).toMatchObject(tooLarge)
  const settings = { guild_folders: [{ guild_ids: Array.from({ length: 200 }, () => guild.id) }] }
  expect(await ada.request('PATCH', '/users/@me/settings', settings)).toMatchObject(tooLarge)
  expect(await chainOf(guild.id)).toEqual(before)
  expect((await ada.expect('GET', `/channels/${guild.general}`)).topic).toBeNull()
  expect((await ada.expect('GET', '/users/@me/settings')).guild_folders).toEqual([])
  expect(await ada.expect('GET', '/users/@me/guilds')).toHaveLength(1)
})

test('[OUT-7] a role of many goes in as many events as it takes, and is told once', async () => {
  const guild = await newGuild(ada)
  await Promise.all(people.map((person) => join(ada, person, guild.general)))
  // Whoever has the role is to see a channel by it, and another one not, though it lets him see all others.
  await ada.expect('PATCH', `/guilds/${guild.id}/roles/${guild.id}`, { permissions: '0' })
  const role = await ada.expect('POST', `/guilds/${guild.id}/roles`, { name: 'many', permissions: '1024' })
  const named = async (name: string, allow: string, deny: string): Promise<string> => {
    const overwrites = [{ id: role.id, type: 0, allow, deny }]
    const { id } = await ada.expect('POST', `/guilds/${guild.id}/channels`, {
      name,
      permission_overwrites: overwrites,
    })
    return id
  }
  const shown = await named('shown', '1024', '0')
  const hidden = await named('hidden', '0', '1024')
  for (const { id } of people) await ada.expect('PUT', `/guilds/${guild.id}/members/${id}/roles/${role.id}`)
  const [bob] = people as [Person]
  const session = await TestSession.identify(rig.gatewayUrl, bob.token)
  const uncut = await TestSession.identify(rig.gatewayUrl, bob.token)
  await session.cut()
  const before = (await chainOf(guild.id)).length
  most = 2_500
  await ada.expect('DELETE', `/guilds/${guild.id}/roles/${role.id}`)

  const pieces = (await chainOf(guild.id)).slice(before).filter(({ type }) => type === 'GUILD_ROLE_DELETE')
  expect(pieces.length).toBeGreaterThan(2)
  for (const { facts, d } of pieces) expect(bytesOf(JSON.stringify(facts), d)).toBeLessThanOrEqual(most)
  const left = await ada.expect('GET', `/guilds/${guild.id}/members?limit=100`)
  expect(left.flatMap(({ roles }: { roles: string[] }) => roles)).toEqual([])
  most = MOST_EVENT_BYTES
  await session.resume(rig.gatewayUrl)
  await ada.expect('PATCH', `/guilds/${guild.id}`, { name: 'Told' })
  for (const one of [session, uncut]) {
    await one.until(({ t }) => t === 'GUILD_UPDATE')
    expect(one.stream.filter(({ t }) => t === 'GUILD_ROLE_DELETE')).toHaveLength(1)
    const channels = one.stream.filter(
      ({ t, d }) => t?.startsWith('CHANNEL_') && [shown, hidden].includes(d.id),
    )
    expect(channels.map(({ t, d }) => [t, d.id])).toEqual([['CHANNEL_DELETE', shown]])
    expect(one.problems).toEqual([])
  }
  expect(comparable(session.stream)).toEqual(comparable(uncut.stream))
})

function withLimit(log: EventLog): EventLog {
  return new Proxy(log, {
    get(target, name) {
      if (name === 'mostEventBytes') return most
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

const chainOf = (guildId: string): Promise<readonly LogEvent[]> =>
  rig.adapters.log.read({
    after: asPosition(0),
    limit: 1_000,
    subject: relationalSubject({ kind: 'guild', id: asSnowflake(guildId) }),
  })
