import { Client, DMChannel, Events, GatewayIntentBits, Partials } from 'discord.js'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { GatewayClient, type Received, TestSession } from '#test/support/gateway-client.ts'
import { type Caller, newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

let server: TestServer
let ada: Person
let bob: Person

beforeAll(async () => {
  server = await startServer()
  ;[ada, bob] = [await newPerson(server.http, 'ada'), await newPerson(server.http, 'bob')]
})
afterAll(() => server.stop())

const open = (who: Person, other: Person) =>
  who.expect('POST', '/users/@me/channels', { recipient_id: other.id })
const close = (who: Caller, id: string) => who.expect('DELETE', `/channels/${id}`)
const say = (who: Caller, id: string, content = 'words') =>
  who.expect('POST', `/channels/${id}/messages`, { content })
const listed = async (who: Person): Promise<string[]> =>
  (await who.expect('GET', '/users/@me/channels')).map(({ id }: { id: string }) => id)

/** Resolves when a new session knows of these: READY may be of a moment before the last change, which follows then. */
async function shows(who: Person, ids: readonly string[]): Promise<void> {
  const client = await GatewayClient.open(server.gateway)
  const open = new Set<string>()
  client.send({ op: 2, d: { token: who.token, properties: {} } })
  await client.until(
    ({ t, d }) => {
      if (t === 'READY') for (const { id } of d.private_channels) open.add(id)
      if (t === 'CHANNEL_CREATE') open.add(d.id)
      if (t === 'CHANNEL_DELETE') open.delete(d.id)
      return t !== null && String([...open]) === String(ids)
    },
    { what: `conversations ${ids}` },
  )
  await client.close()
}

const typesOf = (frames: readonly Received[]) => frames.map(({ t }) => t)

test('is out of one’s list and READY, for oneself alone, and told to one’s sessions, over a RESUME too', async () => {
  const { id } = await open(ada, bob)
  const { id: words } = await say(bob, id)
  const sessions = await Promise.all(
    [ada, ada, bob].map(({ token }) => TestSession.identify(server.gateway, token)),
  )
  const [here, away, ofBob] = sessions as [TestSession, TestSession, TestSession]
  await away.cut()
  expect(await close(ada, id)).toMatchObject({ id, type: 1, recipients: [{ id: bob.id }] })
  const { d } = await here.until(({ t }) => t === 'CHANNEL_DELETE')
  expect(d).toMatchObject({ id, type: 1, recipients: [{ id: bob.id }] })
  expect([await listed(ada), await listed(bob)]).toEqual([[], [id]])
  await Promise.all([shows(ada, []), shows(bob, [id])])

  expect(await close(ada, id)).toMatchObject({ id })
  expect(await ada.expect('GET', `/channels/${id}`)).toMatchObject({ id })
  expect(await ada.expect('GET', `/channels/${id}/messages`)).toHaveLength(1)
  await say(bob, id, 'last')
  const isLast = ({ t, d }: Received) => t === 'MESSAGE_CREATE' && d.content === 'last'
  await Promise.all([here.until(isLast), ofBob.until(isLast)])
  const told = ['CHANNEL_DELETE', 'CHANNEL_CREATE', 'MESSAGE_CREATE']
  expect(typesOf(here.stream.slice(1))).toEqual(told)
  expect(here.stream.find(({ t }) => t === 'CHANNEL_CREATE')?.d.last_message_id).toBe(words)
  expect(typesOf(ofBob.stream.slice(1))).toEqual(['MESSAGE_CREATE'])
  expect(typesOf(await away.resume(server.gateway))).toEqual(told)
  expect(sessions.flatMap(({ problems }) => problems)).toEqual([])
  await Promise.all(sessions.map(({ client }) => client.close()))
})

test('opens with what is written or pinned in it, whoever does, and by opening it', async () => {
  const { id } = await open(ada, bob)
  const { id: words } = await say(bob, id)
  const session = await TestSession.identify(server.gateway, ada.token)
  const opening: readonly (readonly [() => Promise<unknown>, readonly string[]])[] = [
    [() => say(bob, id), ['CHANNEL_CREATE', 'MESSAGE_CREATE']],
    [() => say(ada, id), ['CHANNEL_CREATE', 'MESSAGE_CREATE']],
    [() => open(ada, bob), ['CHANNEL_CREATE']],
    [
      () => bob.expect('PUT', `/channels/${id}/messages/pins/${words}`),
      ['CHANNEL_CREATE', 'MESSAGE_UPDATE', 'MESSAGE_CREATE'],
    ],
  ]
  const expected = ['READY']
  for (const [act, events] of opening) {
    await close(ada, id)
    expect(await listed(ada)).toEqual([])
    await act()
    expect(await listed(ada)).toEqual([id])
    expected.push('CHANNEL_DELETE', ...events)
  }
  await shows(ada, [id])
  await close(ada, id)
  await close(bob, id)
  await open(ada, bob)
  expect([await listed(ada), await listed(bob)]).toEqual([[id], []])
  await say(ada, id, 'last')
  expect(await listed(bob)).toEqual([id])
  await session.until(({ t, d }) => t === 'MESSAGE_CREATE' && d.content === 'last')
  expected.push('CHANNEL_DELETE', 'CHANNEL_CREATE', 'MESSAGE_CREATE')
  expect(typesOf(session.stream)).toEqual(expected)
  expect(session.problems).toEqual([])
  await session.client.close()
})

test('by both at once, and written in meanwhile: the next message opens it for both', async () => {
  const { id } = await open(ada, bob)
  for (let round = 0; round < 5; round++) {
    await Promise.all([close(ada, id), close(bob, id), open(ada, bob), say(bob, id)])
    await say(ada, id)
    expect([await listed(ada), await listed(bob)]).toEqual([[id], [id]])
  }
})

test('discord.js closes one, and hears what is said there later', async () => {
  const guild = await newGuild(ada)
  const bot = await newBot(ada, guild.id)
  const client = new Client({
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.DirectMessages],
    partials: [Partials.Channel],
    rest: { api: `${server.http}/api` },
  })
  onTestFinished(() => client.destroy())
  const warnings: unknown[] = []
  client.on('warn', (warning) => warnings.push(warning))
  client.on('error', (error) => warnings.push(error))
  const ready = new Promise((resolve) => client.once(Events.ClientReady, resolve))
  await client.login(bot.token)
  await ready
  const user = await client.users.fetch(ada.id)
  const { channelId } = await user.send('hello')
  expect(await user.deleteDM()).toBeInstanceOf(DMChannel)
  const heard = new Promise<string>((resolve) =>
    client.on(Events.MessageCreate, ({ author, content }) => author.id === ada.id && resolve(content)),
  )
  await say(ada, channelId, 'still here?')
  expect(await heard).toBe('still here?')
  expect((await user.send('yes')).channelId).toBe(channelId)
  expect(warnings).toEqual([])
})
