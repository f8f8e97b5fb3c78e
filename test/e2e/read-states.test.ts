import { afterAll, beforeAll, expect, test } from 'vitest'
import { GatewayClient, type Received, TestSession } from '#test/support/gateway-client.ts'
import { join, newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { newSeed, seededRandom } from '#test/support/random-operations.ts'
import { ReadStateModel } from '#test/support/read-state-model.ts'
import { startRestartable } from '#test/support/restartable-server.ts'
import type { RestartableServer } from '#test/support/test-server.ts'

type Json = Received['d']

const VIEW_CHANNEL = String(1 << 10)

let server: RestartableServer
let ada: Person
let bob: Person
let carol: Person
let guild: { id: string; general: string }

beforeAll(async () => {
  server = await startRestartable()
  ada = await newPerson(server.http, 'ada')
  bob = await newPerson(server.http, 'bob')
  carol = await newPerson(server.http, 'carol')
  guild = await newGuild(ada)
  for (const guest of [bob, carol]) await join(ada, guest, guild.general)
})
afterAll(() => server.dispose())

async function ready(token: string, more: object = { intents: undefined }): Promise<Json> {
  const client = await GatewayClient.open(server.gateway)
  const { d } = await client.identify(token, more)
  await client.close()
  return d
}
const entriesOf = (d: Json): Map<string, Json> =>
  new Map(d.read_state.entries.map((one: Json) => [one.id, one]))
const stateOf = async (person: Person, channelId: string): Promise<Json> =>
  entriesOf(await ready(person.token)).get(channelId)
const say = async (person: Person, channelId: string, content: string, more: object = {}): Promise<string> =>
  (await person.expect('POST', `/channels/${channelId}/messages`, { content, ...more })).id
const acknowledge = (person: Person, channelId: string, messageId: string, more: object = {}) =>
  person.expect('POST', `/channels/${channelId}/messages/${messageId}/ack`, { token: null, ...more })
const newChannel = async (more: object = {}): Promise<string> =>
  (await ada.expect('POST', `/guilds/${guild.id}/channels`, { name: 'room', ...more })).id
const mentionsOf = async (person: Person, query = ''): Promise<string[]> =>
  (await person.expect('GET', `/users/@me/mentions?${query}`)).map(({ id }: Json) => id)

test('[PRJ-6] a mention counts for whom it is, until it is read, taken away or deleted', async () => {
  const channel = await newChannel()
  const role = await ada.expect('POST', `/guilds/${guild.id}/roles`, { name: 'crew', mentionable: true })
  await ada.expect('PUT', `/guilds/${guild.id}/members/${bob.id}/roles/${role.id}`)
  expect(await stateOf(bob, channel)).toBeUndefined()
  const named = await say(ada, channel, `hello <@${bob.id}>`)
  const crew = await say(ada, channel, `hello <@&${role.id}> and <@${bob.id}>`)
  const all = await say(ada, channel, '@everyone')
  await say(ada, channel, 'nobody')
  await say(carol, channel, `<@${carol.id}>`)
  const counts = async () =>
    Promise.all([bob, carol, ada].map(async (one) => (await stateOf(one, channel))?.mention_count))
  expect(await counts()).toEqual([3, 0, 0])
  const first = await stateOf(bob, channel)
  expect(BigInt(first.last_message_id)).toBeLessThan(BigInt(named))
  expect(first).toMatchObject({ flags: 0, last_viewed: null, last_pin_timestamp: null })
  // Who writes has read what came before.
  const own = (await carol.expect('GET', `/channels/${channel}/messages?limit=1`))[0].id
  expect((await stateOf(carol, channel)).last_message_id).toBe(own)

  await expect.poll(() => mentionsOf(bob)).toEqual([all, crew, named])
  await expect.poll(() => mentionsOf(bob, 'everyone=false')).toEqual([crew, named])
  await ada.expect('PATCH', `/channels/${channel}/messages/${crew}`, { content: `hello <@&${role.id}>` })
  expect(await counts()).toEqual([3, 0, 0])
  await expect.poll(() => mentionsOf(bob, 'everyone=0&roles=0')).toEqual([named])
  await ada.expect('PATCH', `/channels/${channel}/messages/${crew}`, { content: `hello <@${bob.id}>` })
  expect(await counts(), 'an edit brings no mention').toEqual([2, 0, 0])
  await ada.expect('DELETE', `/channels/${channel}/messages/${all}`)
  expect(await counts()).toEqual([1, 0, 0])
  const [one, two] = [await say(ada, channel, '@everyone'), await say(ada, channel, '@everyone')]
  expect(await counts()).toEqual([3, 2, 0])
  await ada.expect('POST', `/channels/${channel}/messages/bulk-delete`, { messages: [one, two] })
  expect(await counts()).toEqual([1, 0, 0])

  await acknowledge(bob, channel, crew)
  expect(await counts()).toEqual([0, 0, 0])
  await ada.expect('DELETE', `/guilds/${guild.id}/members/${bob.id}/roles/${role.id}`)
  await say(ada, channel, `<@&${role.id}>`)
  expect(await counts(), 'who does not have the role any more').toEqual([0, 0, 0])
  await ada.expect('DELETE', `/channels/${channel}`)
  expect(await stateOf(bob, channel)).toBeUndefined()
})

test('[PRJ-6][VIS-2] what one does not see is neither counted nor listed, nor what came before one joined', async () => {
  const dan = await newPerson(server.http, 'dan')
  const [open, hidden] = [await newChannel(), await newChannel()]
  const before = await say(ada, open, '@everyone')
  await join(ada, dan, guild.general)
  const seen = await say(ada, hidden, `<@${dan.id}>`)
  await expect.poll(() => mentionsOf(dan)).toEqual([seen])
  expect((await stateOf(dan, hidden)).mention_count).toBe(1)
  expect(await stateOf(dan, open)).toBeUndefined()
  await expect.poll(() => mentionsOf(bob, `guild_id=${guild.id}&limit=100`)).toContain(before)
  const deny = { type: 1, deny: VIEW_CHANNEL }
  await ada.expect('PUT', `/channels/${hidden}/permissions/${dan.id}`, deny)
  await expect.poll(() => mentionsOf(dan)).toEqual([])
  expect(await stateOf(dan, hidden)).toBeUndefined()
  const body = { read_states: [{ channel_id: hidden, message_id: seen, read_state_type: 0 }] }
  expect((await dan.request('POST', '/read-states/ack-bulk', body)).status).toBe(204)
  await ada.expect('DELETE', `/channels/${hidden}/permissions/${dan.id}`)
  expect((await stateOf(dan, hidden)).mention_count, 'nothing was acknowledged').toBe(1)
  const last = await say(ada, open, `<@${dan.id}>`)
  await expect.poll(() => mentionsOf(dan, 'limit=1')).toEqual([last])
  await expect.poll(() => mentionsOf(dan, `before=${last}`)).toEqual([seen])
  await expect.poll(() => mentionsOf(dan, 'guild_id=1')).toEqual([])
  await dan.expect('DELETE', `/users/@me/guilds/${guild.id}`)
  await expect.poll(() => mentionsOf(dan)).toEqual([])
  expect((await ready(dan.token)).read_state.entries).toEqual([])
})

test('[RES-1] MESSAGE_ACK comes to one’s own sessions, and what is not new tells nobody', async () => {
  const channel = await newChannel()
  const ids = [await say(ada, channel, '@everyone'), await say(ada, channel, `<@${bob.id}>`)] as const
  const session = await TestSession.identify(server.gateway, bob.token)
  const other = await GatewayClient.enter(server.gateway, ada.token)
  const acks = () => session.stream.filter(({ t }) => t === 'MESSAGE_ACK').map(({ d }) => d)
  expect(await acknowledge(bob, channel, ids[0], { flags: 1, last_viewed: 4_000 })).toEqual({ token: null })
  const first = (await session.until(({ t, d }) => t === 'MESSAGE_ACK' && d.channel_id === channel)).d
  expect(first).toEqual({
    channel_id: channel,
    message_id: ids[0],
    version: expect.any(Number),
    flags: 1,
    last_viewed: 4_000,
  })
  expect(await stateOf(bob, channel)).toMatchObject({
    last_message_id: ids[0],
    mention_count: 1,
    flags: 1,
    last_viewed: 4_000,
  })
  await session.cut()
  await acknowledge(bob, channel, ids[1])
  await acknowledge(bob, channel, ids[1])
  await acknowledge(bob, channel, ids[0])
  const told = await session.resume(server.gateway)
  expect(told.map(({ t, d }) => [t, d.message_id])).toEqual([['MESSAGE_ACK', ids[1]]])
  expect(told[0]?.d.version).toBeGreaterThan(first.version)
  expect((await ready(bob.token)).read_state).toMatchObject({ partial: false, version: told[0]?.d.version })

  // Back again, by hand.
  await acknowledge(bob, channel, ids[0], { manual: true, mention_count: 7 })
  await session.until(({ t, d }) => t === 'MESSAGE_ACK' && d.manual === true && d.mention_count === 7)
  expect(await stateOf(bob, channel)).toMatchObject({ last_message_id: ids[0], mention_count: 7 })
  await say(ada, channel, '@everyone')
  expect((await stateOf(bob, channel)).mention_count).toBe(8)
  const own = await say(bob, channel, 'here I am')
  expect(await stateOf(bob, channel)).toMatchObject({ last_message_id: own, mention_count: 0 })
  await acknowledge(bob, channel, ids[0], { manual: true })
  expect(await stateOf(bob, channel)).toMatchObject({ last_message_id: ids[0], mention_count: 2 })

  await bob.expect('POST', '/read-states/ack-bulk', {
    read_states: [
      { channel_id: channel, message_id: own, read_state_type: 0 },
      { channel_id: guild.general, message_id: own, read_state_type: 0 },
      { channel_id: '1', message_id: own, read_state_type: 0 },
    ],
  })
  await session.until(({ t, d }) => t === 'MESSAGE_ACK' && d.channel_id === guild.general)
  expect(await stateOf(bob, channel)).toMatchObject({ last_message_id: own, mention_count: 0 })
  await ada.expect('PUT', `/channels/${channel}/messages/pins/${ids[0]}`)
  await bob.expect('POST', `/channels/${channel}/pins/ack`)
  const { d } = await session.until(({ t }) => t === 'CHANNEL_PINS_ACK')
  expect(d).toEqual({ channel_id: channel, timestamp: expect.any(String), version: expect.any(Number) })
  expect((await stateOf(bob, channel)).last_pin_timestamp).toBe(d.timestamp)

  expect(acks().length).toBe(6)
  await other.heartbeat()
  expect(other.dispatches.map(({ t }) => t)).not.toContain('MESSAGE_ACK')
  expect(session.problems).toEqual([])
  await Promise.all([session.client.close(), other.close()])
})

test('[PRJ-6] what is said in conversations counts, after a restart as before', async () => {
  const { id: direct } = await ada.expect('POST', '/users/@me/channels', { recipient_id: bob.id })
  const recipients = [bob.id, carol.id]
  const { id: group } = await ada.expect('POST', '/users/@me/channels', { recipients })
  await say(ada, direct, 'one')
  const two = await say(ada, direct, `two, <@${bob.id}>`)
  await say(ada, group, 'hello')
  await bob.expect('PATCH', '/users/@me/settings', { locale: 'eo' })
  const eve = await newPerson(server.http, 'eve')
  await ada.expect('PUT', `/channels/${group}/recipients/${eve.id}`, {})
  const before = await ready(bob.token)
  expect(entriesOf(before).get(direct)).toMatchObject({ mention_count: 2 })
  expect(entriesOf(before).get(group)).toMatchObject({ mention_count: 2 })
  expect(await stateOf(eve, group), 'that she was added').toMatchObject({ mention_count: 1 })
  const shown = (d: Json) => d.private_channels.find(({ id }: Json) => id === direct)
  expect(shown(before)).toMatchObject({ last_message_id: two })
  await expect.poll(() => mentionsOf(bob, 'limit=1')).toEqual([two])

  await server.restart()
  const after = await ready(bob.token)
  expect(after.read_state).toEqual(before.read_state)
  expect(after.private_channels).toEqual(before.private_channels)
  await acknowledge(bob, direct, two)
  expect(await stateOf(bob, direct)).toMatchObject({ last_message_id: two, mention_count: 0 })
}, 180_000)

test('[SES-3] READY of a person has what a bot’s does not, and guilds that follow as well', async () => {
  const requested = (await ada.request('PUT', `/users/@me/relationships/${carol.id}`, {})).status
  expect(requested).toBe(204)
  const client = await GatewayClient.enter(server.gateway, ada.token)
  await client.heartbeat()
  const d = await client.dispatch('READY')
  const follow = client.dispatches.filter(({ t }) => t === 'GUILD_CREATE').map((frame) => frame.d)
  expect(d.guilds).toEqual(follow)
  expect(d.guilds[0]).toMatchObject({ id: guild.id, unavailable: false, channels: expect.any(Array) })
  expect(d.merged_members).toMatchObject([[{ user_id: ada.id, roles: [] }]])
  expect(d.relationships).toEqual(await ada.expect('GET', '/users/@me/relationships'))
  expect(d.user_settings).toEqual(await ada.expect('GET', '/users/@me/settings'))
  expect(d.sessions).toContainEqual(expect.objectContaining({ session_id: d.session_id, status: 'online' }))
  const users: string[] = d.users.map(({ id }: Json) => id)
  expect(users).toEqual(expect.arrayContaining([bob.id, carol.id]))
  expect(new Set(users).size).toBe(users.length)
  await client.close()
  // Without the intent nothing of guilds is told.
  const blind = await ready(ada.token, { intents: 0 })
  expect(blind.guilds).toEqual([{ id: guild.id, unavailable: true }])

  const bot = await newBot(ada, guild.id)
  const ofBot = await ready(bot.token, {})
  expect(ofBot.guilds).toEqual([{ id: guild.id, unavailable: true }])
  for (const field of ['read_state', 'user_settings', 'sessions', 'users', 'merged_members'])
    expect(ofBot).not.toHaveProperty(field)
})

test('[VIS-5] READY and the events after it are a fresh READY, whatever people do', async () => {
  const random = seededRandom(newSeed('read states'))
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const people = [await newPerson(server.http, 'one'), await newPerson(server.http, 'two'), ada]
  const role = await ada.expect('POST', `/guilds/${guild.id}/roles`, { mentionable: true })
  for (const guest of people.slice(0, 2)) await join(ada, guest, guild.general)
  await ada.expect('PUT', `/guilds/${guild.id}/members/${people[0]?.id}/roles/${role.id}`)
  const { id: direct } = await ada.expect('POST', '/users/@me/channels', { recipient_id: people[0]?.id })
  const channels = [await newChannel(), await newChannel()]
  const sessions = await Promise.all(people.map(({ token }) => TestSession.identify(server.gateway, token)))
  const said: { by: Person; channel: string; id: string }[] = []
  const words = ['', '@everyone', `<@&${role.id}>`, ...people.map(({ id }) => `<@${id}>`)]
  for (let n = 0; n < 150; n++) {
    const who = pick(people)
    const mine = who === people[1] ? channels : [...channels, direct]
    const there = said.filter(({ channel }) => mine.includes(channel))
    const { by, channel, id } = there.length === 0 ? { by: who, channel: pick(mine), id: '' } : pick(there)
    const dice = random()
    if (id === '' || dice < 0.5) {
      const to = pick(mine)
      said.push({ by: who, channel: to, id: await say(who, to, `${n} ${pick(words)} ${pick(words)}`) })
    } else if (dice < 0.6)
      await by.expect('PATCH', `/channels/${channel}/messages/${id}`, { content: `${n} ${pick(words)}` })
    else if (dice < 0.65) {
      await by.expect('DELETE', `/channels/${channel}/messages/${id}`)
      said.splice(
        said.findIndex((one) => one.id === id),
        1,
      )
    } else if (dice < 0.85) await acknowledge(who, channel, id, random() < 0.3 ? { flags: n } : {})
    else if (dice < 0.9) await acknowledge(who, channel, id, { manual: true })
    else if (dice < 0.94) await acknowledge(who, channel, id, { manual: true, mention_count: n })
    else await who.expect('POST', `/channels/${channel}/pins/ack`)
  }
  const end = await say(ada, guild.general, 'end')
  for (const [index, session] of sessions.entries()) {
    await session.until(({ t, d }) => t === 'MESSAGE_CREATE' && d.id === end)
    const person = people[index] as Person
    const fresh = entriesOf(await ready(person.token))
    const ours = new Set([...channels, direct])
    const model = new ReadStateModel(person.id, session.stream).entries()
    for (const id of ours) {
      const entry = model[id]
      if (entry?.last_message_id !== '0')
        expect([person.username, fresh.get(id)]).toEqual([person.username, entry])
      // Of what nobody has read, a client does not know where READY says that it begins.
      else
        expect([person.username, fresh.get(id)?.mention_count]).toEqual([
          person.username,
          entry.mention_count,
        ])
    }
    expect(session.problems).toEqual([])
    await session.client.close()
  }
}, 180_000)
