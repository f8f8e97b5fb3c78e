import { afterAll, beforeAll, expect, test } from 'vitest'
import { Intent, KNOWN_INTENTS } from '#shared/protocol/intents.ts'
import { eventually } from '#test/support/eventually.ts'
import { GatewayClient, TestSession } from '#test/support/gateway-client.ts'
import { join, newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
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

const custom = (state: string) => ({ name: 'Custom Status', type: 4, state, emoji: { id: null, name: '🍵' } })
const says = (session: TestSession, status: string, ...activities: object[]) =>
  session.client.send({ op: 3, d: { status, activities, since: null, afk: false } })
/** What bob was told of ada since a frame of his. */
const told = (client: GatewayClient, from: number) =>
  client.frames
    .slice(from)
    .filter(({ t, d }) => t === 'PRESENCE_UPDATE' && d.user.id === ada.id)
    .map(({ d }) => [d.status, d.activities[0]?.state])

/** Waits until bob has heard that ada is so. */
async function hears(client: GatewayClient, status: string, state?: string): Promise<void> {
  const from = client.frames.length
  const is = ({ t, d }: { t: string | null; d: { user: { id: string } } }) =>
    t === 'PRESENCE_UPDATE' && d.user.id === ada.id
  const last = () => told(client, 0).at(-1)
  if (JSON.stringify(last()) === JSON.stringify([status, state])) return
  await client.until(
    (frame) => is(frame) && frame.d.status === status && frame.d.activities[0]?.state === state,
    { from, what: `${status} ${state}` },
  )
}

/** One of a person's sessions as he is told of it. */
const own = (session: TestSession, client: string, status: string, ...activities: object[]) => ({
  session_id: session.stream[0]?.d.session_id as string,
  status,
  activities,
  client_info: { client, os: 'unknown', version: 0 },
  active: true,
})
const byId = (sessions: { session_id: string }[]) =>
  sessions.toSorted((a, b) => a.session_id.localeCompare(b.session_id))

/** Waits until the session has been told that its user has these. */
async function toldOf(session: TestSession, sessions: ReturnType<typeof own>[]): Promise<void> {
  const wanted = JSON.stringify(byId(sessions))
  await session.client.until(({ t, d }) => t === 'SESSIONS_REPLACE' && JSON.stringify(byId(d)) === wanted, {
    what: wanted,
  })
}

test('[SES-2] a custom status is shown, of the most visible session, and comes again with a RESUME', async () => {
  const watching = await GatewayClient.enter(server.gateway, bob.token)
  const session = await TestSession.identify(server.gateway, ada.token)
  says(session, 'idle', custom('tea'))
  await hears(watching, 'idle', 'tea')
  expect(watching.frames.at(-1)?.d.activities).toEqual([custom('tea')])
  const other = await TestSession.identify(server.gateway, ada.token)
  says(other, 'dnd', custom('work'))
  await hears(watching, 'dnd', 'work')
  await other.client.close()
  await hears(watching, 'idle', 'tea')
  await session.cut()
  await hears(watching, 'offline')
  await session.resume(server.gateway)
  await hears(watching, 'idle', 'tea')

  const late = await GatewayClient.enter(server.gateway, bob.token)
  await late.until(({ t, d }) => t === 'PRESENCE_UPDATE' && d.user.id === ada.id && d.status === 'idle')
  await Promise.all([session.client.close(), late.close()])
  await hears(watching, 'offline')
  await watching.close()
})

test('what several sessions do is told of all, with one custom status', async () => {
  const watching = await GatewayClient.enter(server.gateway, bob.token)
  const [page, phone] = [
    await TestSession.identify(server.gateway, ada.token),
    await TestSession.identify(server.gateway, ada.token),
  ]
  const game = (name: string) => ({ name, type: 0 })
  const shows = async (said: [TestSession, string, ...object[]], ...activities: object[]) => {
    const from = watching.frames.length
    says(...said)
    const wanted = JSON.stringify(activities)
    await watching.until(({ t, d }) => t === 'PRESENCE_UPDATE' && JSON.stringify(d.activities) === wanted, {
      from,
      what: wanted,
    })
  }
  const resting = [custom('on holiday'), game('chess')]
  await shows([page, 'idle', ...resting], ...resting)
  await shows([phone, 'dnd', game('go'), game('chess')], game('go'), game('chess'), custom('on holiday'))
  await shows([phone, 'dnd', custom('busy')], custom('busy'), game('chess'))
  await shows([phone, 'invisible', custom('hidden'), game('secret')], ...resting)
  expect(JSON.stringify(watching.frames)).not.toContain('secret')
  await Promise.all([page, phone].map(({ client }) => client.close()))
  await hears(watching, 'offline')
  await watching.close()
})

test('[SES-2] a session that says nothing of itself begins as its person has chosen', async () => {
  const watching = await GatewayClient.enter(server.gateway, bob.token)
  const settings = (body: object) => ada.expect('PATCH', '/users/@me/settings', body)
  const is = async (status: string, state?: string) => {
    const client = await GatewayClient.open(server.gateway)
    const { d } = await client.identify(ada.token)
    expect(d.sessions.at(-1)).toMatchObject({ status, activities: state ? [{ type: 4, state }] : [] })
    if (status !== 'invisible') await hears(watching, status, state)
    await client.close()
    await hears(watching, 'offline')
  }
  const status = { text: 'tea', emoji_name: '🍵' }
  await settings({ status: 'dnd', custom_status: status })
  await is('dnd', 'tea')
  await settings({ custom_status: { ...status, expires_at: '2020-01-01T00:00:00Z' } })
  await is('dnd')
  await settings({ status: 'invisible', custom_status: null })
  const from = watching.frames.length
  await is('invisible')
  expect(told(watching, from)).toEqual([])
  await settings({ status: 'online' })
  await is('online')
  await watching.close()
})

test('who is invisible is offline to others, over a RESUME too', async () => {
  const watching = await GatewayClient.enter(server.gateway, bob.token)
  const client = await GatewayClient.open(server.gateway)
  await client.identify(ada.token, { presence: { status: 'invisible', activities: [custom('away')] } })
  await client.heartbeat(null)
  await client.close()
  const session = await TestSession.identify(server.gateway, ada.token)
  says(session, 'invisible', custom('away'))
  await session.heartbeat()
  await hears(watching, 'offline')
  const from = watching.frames.length
  await session.cut()
  await session.resume(server.gateway)
  await session.heartbeat()
  says(session, 'online')
  await hears(watching, 'online')
  expect(told(watching, from)).toEqual([['online', undefined]])
  await Promise.all([session.client.close(), watching.close()])
})

test('by which kind of client one is there is told, after a RESUME too', async () => {
  const watching = await GatewayClient.enter(server.gateway, bob.token)
  const phone = await GatewayClient.open(server.gateway)
  const ready = await phone.identify(ada.token, { properties: { browser: 'Discord Android' } })
  const isMobile = ({ t, d }: { t: string | null; d: { client_status: object } }) =>
    t === 'PRESENCE_UPDATE' && JSON.stringify(d.client_status) === '{"mobile":"online"}'
  await watching.until(isMobile)
  await phone.heartbeat()
  const { seq } = phone
  await phone.terminate()
  await hears(watching, 'offline')
  const from = watching.frames.length
  const again = await GatewayClient.open(server.gateway)
  again.resume(ada.token, ready.d.session_id, seq)
  await watching.until(isMobile, { from })
  await Promise.all([again.close(), watching.close()])
})

test('[SES-2] which sessions a person has is told to all of them, and to no bot’s', async () => {
  const properties = { browser: 'Discord Android' }
  const phone = await TestSession.identify(server.gateway, ada.token, KNOWN_INTENTS, { properties })
  says(phone, 'invisible', custom('away'))
  const page = await TestSession.identify(server.gateway, ada.token)
  const known = (status: string, ...others: TestSession[]) => [
    own(phone, 'mobile', status, custom('away')),
    ...others.map((session) => own(session, 'web', 'online')),
  ]
  await Promise.all([phone, page].map((session) => toldOf(session, known('invisible', page))))
  const late = await TestSession.identify(server.gateway, ada.token)
  expect(byId(late.stream[0]?.d.sessions)).toEqual(byId(known('invisible', page, late)))

  says(phone, 'idle', custom('away'))
  await Promise.all([phone, page, late].map((session) => toldOf(session, known('idle', page, late))))
  await page.client.close()
  await Promise.all([phone, late].map((session) => toldOf(session, known('idle', late))))
  await phone.cut()
  await toldOf(late, [own(late, 'web', 'online')])
  await phone.resume(server.gateway)
  says(phone, 'dnd', custom('away'))
  await Promise.all([phone, late].map((session) => toldOf(session, known('dnd', late))))
  expect([...phone.problems, ...late.problems]).toEqual([])

  const bot = await newBot(ada, guild.id)
  const first = await TestSession.identify(server.gateway, bot.token)
  const second = await TestSession.identify(server.gateway, bot.token)
  for (const session of [first, second]) await session.heartbeat()
  const heard = [first, second].flatMap(({ client }) => client.dispatches.map(({ t }) => t))
  expect(heard).not.toContain('SESSIONS_REPLACE')
  await Promise.all([phone, late, first, second].map(({ client }) => client.close()))
})

test('GUILD_CREATE says who is there to a session that connects, and to none without the intent', async () => {
  const cara = await newPerson(server.http, 'cara')
  await join(ada, cara, guild.general)
  const bot = await newBot(ada, guild.id)
  const session = await TestSession.identify(server.gateway, ada.token)
  says(session, 'idle', custom('tea'))
  const hidden = await TestSession.identify(server.gateway, cara.token)
  says(hidden, 'invisible')
  for (const one of [session, hidden]) await one.heartbeat()
  const shown = ({ id, presences }: { id: string; presences: { user: { id: string } }[] }) =>
    id === guild.id && presences.filter(({ user }) => user.id === ada.id || user.id === cara.id)
  const hers = {
    user: { id: ada.id },
    status: 'idle',
    activities: [custom('tea')],
    client_status: { web: 'idle' },
  }
  for (const [token, intents, expected] of [
    [bot.token, KNOWN_INTENTS, [hers]],
    [bot.token, KNOWN_INTENTS & ~Intent.GUILD_PRESENCES, []],
    [bob.token, KNOWN_INTENTS, [hers]],
  ] as const) {
    const client = await GatewayClient.open(server.gateway)
    const ready = await client.identify(token, { intents })
    const create = await client.dispatch('GUILD_CREATE', ({ id }) => id === guild.id)
    expect(shown(create)).toEqual(expected)
    if (token === bob.token) expect(ready.d.guilds).toContainEqual(create)
    await client.close()
  }
  await Promise.all([session.client.close(), hidden.client.close()])
})

test('who comes into a guild while he is connected hears who is there', async () => {
  const carl = await newPerson(server.http, 'carl')
  const watching = await GatewayClient.enter(server.gateway, carl.token)
  const session = await TestSession.identify(server.gateway, ada.token)
  says(session, 'idle', custom('tea'))
  await session.heartbeat()
  const late = await newGuild(ada, 'Late')
  await join(ada, carl, late.general)
  const hers = ({ user, status }: { user: { id: string }; status: string }) =>
    user.id === ada.id && status === 'idle'
  expect((await watching.dispatch('PRESENCE_UPDATE', hers)).guild_id).toBe(late.id)
  await Promise.all([session.client.close(), watching.close()])
})

test('[SES-2] who is there is shown anew with another name, outside of what is counted', async () => {
  const watching = await TestSession.identify(server.gateway, bob.token)
  const session = await TestSession.identify(server.gateway, ada.token)
  says(session, 'idle', custom('tea'))
  await hears(watching.client, 'idle', 'tea')
  const from = watching.client.frames.length
  const { username, discriminator, avatar } = await ada.expect('PATCH', '/users/@me', {
    global_name: 'Ada L.',
  })
  const { d, s } = await watching.client.until(({ t, d }) => t === 'PRESENCE_UPDATE' && d.user.username, {
    from,
  })
  const user = { id: ada.id, username, global_name: 'Ada L.', discriminator, avatar }
  expect(d).toMatchObject({ user, guild_id: guild.id, status: 'idle', activities: [custom('tea')] })
  expect(watching.client.frames.findLast(({ t }) => t === 'GUILD_MEMBER_UPDATE')?.s).toBe(s)
  await ada.expect('PATCH', `/guilds/${guild.id}/members/@me`, { nick: 'Countess' })
  await watching.until(({ t, d }) => t === 'GUILD_MEMBER_UPDATE' && d.nick === 'Countess')
  await watching.heartbeat()
  const shown = watching.client.frames.slice(from).filter(({ t }) => t === 'PRESENCE_UPDATE')
  expect(shown).toHaveLength(1)
  expect(watching.problems).toEqual([])
  await Promise.all([session.client.close(), watching.client.close()])
})

test('guild, preview, invite and one’s own guilds say how many members are not offline', async () => {
  const carl = await newPerson(server.http, 'carl')
  const { id, general } = await newGuild(ada, 'Counted')
  await join(ada, carl, general)
  const { code } = await ada.expect('POST', `/channels/${general}/invites`, {})
  const counts = async () => {
    const own: { id: string }[] = await carl.expect('GET', '/users/@me/guilds?with_counts=true')
    const shown = [
      await carl.expect('GET', `/guilds/${id}?with_counts=true`),
      await carl.expect('GET', `/guilds/${id}/preview`),
      await carl.expect('GET', `/invites/${code}?with_counts=true`),
      own.find((one) => one.id === id),
    ]
    return shown.map((one) => [one.approximate_member_count, one.approximate_presence_count].join())
  }
  const become = (expected: string) =>
    eventually(expected, async () => (await counts()).every((one) => one === expected))
  const elsewhere = await GatewayClient.enter(server.gateway, bob.token)
  await become('2,0')
  const session = await TestSession.identify(server.gateway, ada.token)
  const other = await TestSession.identify(server.gateway, carl.token)
  await become('2,2')
  says(other, 'invisible')
  await become('2,1')
  says(other, 'idle')
  await become('2,2')
  await session.client.close()
  await become('2,1')
  await Promise.all([other.client.close(), elsewhere.close()])
  await become('2,0')
  for (const path of [`/guilds/${id}`, `/invites/${code}`])
    expect(await carl.expect('GET', path)).not.toHaveProperty('approximate_presence_count')
})

test('[SES-2] friends hear of each other without a common guild, as long as they are friends', async () => {
  const [dora, emil, fay] = [
    await newPerson(server.http, 'dora'),
    await newPerson(server.http, 'emil'),
    await newPerson(server.http, 'fay'),
  ]
  const befriend = async (one: Person, other: Person) => {
    await one.expect('PUT', `/users/@me/relationships/${other.id}`, {})
    await other.expect('PUT', `/users/@me/relationships/${one.id}`, {})
  }
  const isOfEmil = ({ t, d }: { t: string | null; d: { user: { id: string } } }) =>
    t === 'PRESENCE_UPDATE' && d.user.id === emil.id
  const hearsOfEmil = (client: GatewayClient, status: string, from = 0) =>
    client.until((frame) => isOfEmil(frame) && frame.d.status === status, { from, what: status })
  await befriend(emil, fay)
  const ofFay = await GatewayClient.enter(server.gateway, fay.token)
  const ofDora = await TestSession.identify(server.gateway, dora.token)
  const ofEmil = await TestSession.identify(server.gateway, emil.token)
  await hearsOfEmil(ofFay, 'online')
  expect(ofDora.client.frames.filter(isOfEmil)).toEqual([])

  await befriend(dora, emil)
  const { d } = await hearsOfEmil(ofDora.client, 'online')
  expect(d).toEqual({
    user: await dora.expect('GET', `/users/${emil.id}`),
    status: 'online',
    activities: [],
    client_status: { web: 'online' },
  })
  says(ofEmil, 'idle', custom('tea'))
  expect((await hearsOfEmil(ofDora.client, 'idle')).d).not.toHaveProperty('guild_id')

  await ofDora.heartbeat()
  await ofDora.cut()
  await hearsOfEmil(ofFay, 'idle')
  const away = ofFay.frames.length
  says(ofEmil, 'invisible')
  await hearsOfEmil(ofFay, 'offline', away)
  await ofDora.resume(server.gateway)
  await hearsOfEmil(ofDora.client, 'offline')
  says(ofEmil, 'dnd')
  await hearsOfEmil(ofDora.client, 'dnd')
  const late = await GatewayClient.open(server.gateway)
  const ready = await late.identify(dora.token)
  expect(ready.d.presences).toMatchObject([{ user: { id: emil.id }, status: 'dnd' }])

  await emil.expect('DELETE', `/users/@me/relationships/${dora.id}`)
  await ofDora.until(({ t }) => t === 'RELATIONSHIP_REMOVE')
  const from = ofDora.client.frames.length
  const ofFayFrom = ofFay.frames.length
  says(ofEmil, 'idle')
  await hearsOfEmil(ofFay, 'idle', ofFayFrom)
  says(ofEmil, 'online')
  await hearsOfEmil(ofFay, 'online', ofFayFrom)
  await befriend(dora, emil)
  await hearsOfEmil(ofDora.client, 'online', from)
  const told = ofDora.client.frames.slice(from).filter(isOfEmil)
  expect(told.map(({ d }) => d.status)).toEqual(['online'])
  expect([...ofDora.problems, ...ofEmil.problems]).toEqual([])
  await Promise.all([ofFay, late, ofDora.client, ofEmil.client].map((client) => client.close()))
})
