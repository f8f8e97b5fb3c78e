import { afterAll, beforeAll, expect, test } from 'vitest'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { query } from '#test/support/embedded-database.ts'
import { type Caller, join, newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

const SECONDS = 600
const SLOWMODE = 20016

let server: TestServer
let owner: Person
let guests: [Person, Person]
let guild: string
let channel: string

beforeAll(async () => {
  server = await startServer()
  owner = await newPerson(server.http, 'owner')
  guests = [await newPerson(server.http, 'ada'), await newPerson(server.http, 'bob')]
  ;({ id: guild, general: channel } = await newGuild(owner))
  for (const guest of guests) await join(owner, guest, channel)
  await owner.expect('PATCH', `/channels/${channel}`, { rate_limit_per_user: SECONDS })
})
afterAll(() => server.stop())

const say = (who: Caller) => who.request('POST', `/channels/${channel}/messages`, { content: 'now' })

test('of many messages at once by each of two, one of each is sent', async () => {
  const answers = await Promise.all(
    guests.map((guest) => Promise.all(Array.from({ length: 8 }, () => say(guest)))),
  )
  for (const ofOne of answers) {
    const refused = ofOne.filter(({ status }) => status === 429)
    expect(ofOne.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(refused).toHaveLength(7)
    for (const { body } of refused) {
      expect(body.code).toBe(SLOWMODE)
      expect(body.retry_after).toBeGreaterThan(SECONDS / 2)
      expect(body.retry_after).toBeLessThanOrEqual(SECONDS)
    }
  }
  const said = await owner.expect('GET', `/channels/${channel}/messages?limit=100`)
  expect(said.filter(({ content }: { content: string }) => content === 'now')).toHaveLength(2)
})

test('a repeat by nonce is answered with the message that there is, and takes no turn', async () => {
  const eve = await newPerson(server.http, 'eve')
  await join(owner, eve, channel)
  const messages = `/channels/${channel}/messages`
  const body = { content: 'once', nonce: '1', enforce_nonce: true }
  const first = await eve.expect('POST', messages, body)
  expect(await eve.expect('POST', messages, body)).toEqual(first)
  expect((await eve.request('POST', messages, { ...body, nonce: '2' })).body.code).toBe(SLOWMODE)

  await owner.expect('PATCH', `/channels/${channel}`, { rate_limit_per_user: 0 })
  const second = await eve.expect('POST', messages, { ...body, nonce: '3' })
  await owner.expect('PATCH', `/channels/${channel}`, { rate_limit_per_user: SECONDS })
  await query(server.dataDir, 'delete from slow_mode where user_id = $1', [eve.id])
  expect((await eve.expect('POST', messages, { ...body, nonce: '3' })).id).toBe(second.id)
  expect((await say(eve)).status).toBe(200)
})

test('bots and whoever may bypass it are not slowed, and nobody is once it is off', async () => {
  const twice = async (who: Caller) => [(await say(who)).status, (await say(who)).status]
  expect(await twice(owner)).toEqual([200, 200])
  const bot = await newBot(owner, guild, '0')
  expect(await twice(owner.as(`Bot ${bot.token}`))).toEqual([200, 200])
  const dora = await newPerson(server.http, 'dora')
  await join(owner, dora, channel)
  const roles = `/guilds/${guild}/roles`
  const flags = Permission.MANAGE_MESSAGES | Permission.MANAGE_CHANNELS
  const { id } = await owner.expect('POST', roles, { permissions: String(flags) })
  await owner.expect('PUT', `/guilds/${guild}/members/${dora.id}/roles/${id}`)
  expect(await twice(dora)).toEqual([200, 429])
  await owner.expect('PATCH', `${roles}/${id}`, { permissions: String(Permission.BYPASS_SLOWMODE) })
  expect(await twice(dora)).toEqual([200, 200])
  await owner.expect('PATCH', `/channels/${channel}`, { rate_limit_per_user: 0 })
  expect((await say(guests[0])).status).toBe(200)
})

test('what is refused for another reason takes no turn', async () => {
  await owner.expect('PATCH', `/channels/${channel}`, { rate_limit_per_user: SECONDS })
  const carl = await newPerson(server.http, 'carl')
  await join(owner, carl, channel)
  const empty = await carl.request('POST', `/channels/${channel}/messages`, { content: '' })
  expect(empty.status).toBe(400)
  expect((await say(carl)).status).toBe(200)
  expect((await say(carl)).status).toBe(429)
})
