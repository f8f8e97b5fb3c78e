import { request as httpRequest } from 'node:http'
import { Client, Events, GatewayIntentBits, type TextChannel } from 'discord.js'
import { Client as Oceanic } from 'oceanic.js'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { query } from '#test/support/embedded-database.ts'
import { emitted } from '#test/support/emitted.ts'
import { eventually } from '#test/support/eventually.ts'
import { GatewayClient, TestSession } from '#test/support/gateway-client.ts'
import { join, newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { newSeed, seededRandom } from '#test/support/random-operations.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

const MOST = 250
const PIN_MESSAGES = String(1n << 51n)
const MANAGE_MESSAGES = String(1n << 13n)

let server: TestServer
let ada: Person
let bob: Person
let home: { id: string; general: string }

beforeAll(async () => {
  server = await startServer()
  ada = await newPerson(server.http, 'ada')
  bob = await newPerson(server.http, 'bob')
  home = await newGuild(ada)
  await join(ada, bob, home.general)
})
afterAll(() => server.stop())

const newChannel = async (): Promise<string> =>
  (await ada.expect('POST', `/guilds/${home.id}/channels`, { name: 'board' })).id
const say = async (who: Person, channel: string, content = 'words'): Promise<string> =>
  (await who.expect('POST', `/channels/${channel}/messages`, { content })).id
const pin = (who: Person, channel: string, id: string, method = 'PUT') =>
  who.request(method, `/channels/${channel}/messages/pins/${id}`)
const pinsOf = (who: Person, channel: string, query = '') =>
  who.expect('GET', `/channels/${channel}/messages/pins${query}`)
const idsOf = ({ items }: { items: { message: { id: string } }[] }) => items.map(({ message }) => message.id)

async function allPins(who: Person, channel: string, limit: number): Promise<string[]> {
  const found: string[] = []
  for (let query = `?limit=${limit}`; ; ) {
    const page = await pinsOf(who, channel, query)
    found.push(...idsOf(page))
    if (!page.has_more) return found
    expect(page.items).toHaveLength(limit)
    query = `?limit=${limit}&before=${encodeURIComponent(page.items.at(-1).pinned_at)}`
  }
}

test('[PIN-1] of many at once exactly 250 are pins; deleted ones are none', async () => {
  const channel = await newChannel()
  const messages = `/channels/${channel}/messages`
  const ids: string[] = []
  for (let n = 0; n < MOST + 20; n += 10)
    ids.push(...(await Promise.all(Array.from({ length: 10 }, () => say(ada, channel)))))
  const codes: (number | string)[] = []
  for (let from = 0; from < ids.length; from += 30) {
    const answers = await Promise.all(ids.slice(from, from + 30).map((id) => pin(ada, channel, id)))
    codes.push(...answers.map(({ status, body }) => body.code ?? status))
  }
  expect(codes.filter((code) => code === 204)).toHaveLength(MOST)
  expect(codes.filter((code) => code === 30_003)).toHaveLength(20)
  const pinned = await allPins(ada, channel, 50)
  expect(new Set(pinned).size).toBe(MOST)
  expect(await allPins(ada, channel, 33)).toEqual(pinned)
  const older = (await ada.expect('GET', `/channels/${channel}/pins`)) as { id: string }[]
  expect(older.map(({ id }) => id)).toEqual(pinned.slice(0, 50))

  const free = ids.filter((id) => !pinned.includes(id))
  expect((await pin(ada, channel, pinned[7] as string)).status).toBe(204)
  const gone = [pinned[0], pinned[3], pinned[249]] as string[]
  await ada.expect('DELETE', `${messages}/${gone[0]}`)
  await ada.expect('POST', `${messages}/bulk-delete`, { messages: gone.slice(1) })
  expect(await allPins(ada, channel, 50)).toEqual(pinned.filter((id) => !gone.includes(id)))
  const again = await Promise.all(free.slice(0, 10).map((id) => pin(ada, channel, id)))
  expect(again.filter(({ status }) => status === 204)).toHaveLength(3)
  expect(again.filter(({ body }) => body.code === 30_003)).toHaveLength(7)
  expect(await allPins(ada, channel, 50)).toHaveLength(MOST)

  expect((await pin(ada, channel, pinned[7] as string, 'DELETE')).status).toBe(204)
  expect((await pin(ada, channel, pinned[7] as string, 'DELETE')).status).toBe(204)
  expect(await allPins(ada, channel, 50)).toHaveLength(MOST - 1)
}, 180_000)

test('[PIN-2] a pin is told, shown everywhere, and noted', async () => {
  const channel = await newChannel()
  const session = await TestSession.identify(server.gateway, ada.token)
  const id = await say(bob, channel, 'needle in a pin')
  const headers = { 'x-audit-log-reason': 'worth%20keeping' }
  const path = `/channels/${channel}/messages/pins/${id}`
  expect((await ada.request('PUT', path, undefined, headers)).status).toBe(204)

  const update = (await session.until(({ t }) => t === 'CHANNEL_PINS_UPDATE')).d
  expect(update).toEqual({ guild_id: home.id, channel_id: channel, last_pin_timestamp: expect.any(String) })
  expect((await ada.expect('GET', `/channels/${channel}`)).last_pin_timestamp).toBe(update.last_pin_timestamp)
  const changed = (await session.until(({ t, d }) => t === 'MESSAGE_UPDATE' && d.id === id)).d
  expect(changed).toMatchObject({ pinned: true, edited_timestamp: null, member: { nick: null } })
  const notice = (await session.until(({ t, d }) => t === 'MESSAGE_CREATE' && d.type === 6)).d
  expect(notice).toMatchObject({
    channel_id: channel,
    author: { id: ada.id },
    content: '',
    message_reference: { type: 0, message_id: id, channel_id: channel, guild_id: home.id },
  })
  const { audit_log_entries } = await ada.expect('GET', `/guilds/${home.id}/audit-logs?action_type=74`)
  expect(audit_log_entries[0]).toMatchObject({
    user_id: ada.id,
    target_id: bob.id,
    reason: 'worth keeping',
    options: { channel_id: channel, message_id: id },
  })

  const messages = `/channels/${channel}/messages`
  const shown = async () => {
    const reply = { content: 'look', message_reference: { message_id: id } }
    const { referenced_message, id: replyId } = await bob.expect('POST', messages, reply)
    const search = `/guilds/${home.id}/messages/search?content=needle`
    await eventually('the index', async () => (await ada.expect('GET', search)).total_results === 1)
    return [
      (await bob.expect('GET', `${messages}/${id}`)).pinned,
      (await bob.expect('GET', messages)).find((one: { id: string }) => one.id === id).pinned,
      referenced_message.pinned,
      (await bob.expect('GET', `${messages}/${replyId}`)).referenced_message.pinned,
      (await ada.expect('GET', search)).messages[0][0].pinned,
      (await bob.expect('PATCH', `${messages}/${id}`, { content: 'needle anew' })).pinned,
    ]
  }
  expect(await shown()).toEqual(Array(6).fill(true))
  const edited = await session.until(({ t, d }) => t === 'MESSAGE_UPDATE' && d.content === 'needle anew')
  expect(edited.d.pinned).toBe(true)
  const { items, has_more } = await pinsOf(bob, channel)
  expect(items).toMatchObject([{ pinned_at: update.last_pin_timestamp, message: { id, pinned: true } }])
  expect(has_more).toBe(false)

  const seen = session.stream.length
  expect((await ada.request('PUT', path)).status).toBe(204)
  expect((await ada.request('DELETE', path)).status).toBe(204)
  const after = () => session.stream.slice(seen)
  await session.until((frame) => after().includes(frame) && frame.t === 'MESSAGE_UPDATE')
  expect(after().map(({ t }) => t)).toEqual([
    'CHANNEL_PINS_UPDATE',
    'GUILD_AUDIT_LOG_ENTRY_CREATE',
    'MESSAGE_UPDATE',
  ])
  expect(after().at(-1)?.d.pinned).toBe(false)
  expect(await shown()).toEqual(Array(6).fill(false))
  expect((await pinsOf(bob, channel)).items).toEqual([])
  const unpins = await ada.expect('GET', `/guilds/${home.id}/audit-logs?action_type=75`)
  expect(unpins.audit_log_entries[0]).toMatchObject({ target_id: bob.id, options: { message_id: id } })
  await session.client.close()
})

test('[PERM-19] PIN_MESSAGES pins, and nothing else does; notices are not pinned nor edited', async () => {
  const channel = await newChannel()
  const id = await say(ada, channel)
  const overwrite = `/channels/${channel}/permissions/${bob.id}`
  await ada.expect('PUT', overwrite, { type: 1, allow: MANAGE_MESSAGES, deny: PIN_MESSAGES })
  expect((await pin(bob, channel, id)).body.code).toBe(50_013)
  await ada.expect('PUT', overwrite, { type: 1, allow: PIN_MESSAGES })
  expect((await pin(bob, channel, id)).status).toBe(204)

  const [notice] = await bob.expect('GET', `/channels/${channel}/messages`)
  expect(notice.type).toBe(6)
  expect((await pin(ada, channel, notice.id)).body.code).toBe(50_021)
  const path = `/channels/${channel}/messages/${notice.id}`
  expect((await bob.request('PATCH', path, { content: 'other words' })).body.code).toBe(50_021)
  expect((await bob.request('DELETE', path)).status).toBe(204)

  expect((await bob.request('GET', `/channels/${channel}/messages/pins?before=soon`)).body.code).toBe(50_035)
  const READ_MESSAGE_HISTORY = String(1 << 16)
  await ada.expect('PUT', overwrite, { type: 1, deny: READ_MESSAGE_HISTORY })
  expect(await pinsOf(bob, channel)).toEqual({ items: [], has_more: false })
  expect(await bob.expect('GET', `/channels/${channel}/pins`)).toEqual([])
})

test('pins of a conversation are of both', async () => {
  const { id: channel } = await ada.expect('POST', '/users/@me/channels', { recipient_id: bob.id })
  const session = await TestSession.identify(server.gateway, ada.token)
  const id = await say(ada, channel)
  expect((await pin(bob, channel, id)).status).toBe(204)
  const { d } = await session.until(({ t }) => t === 'CHANNEL_PINS_UPDATE')
  expect(d).toEqual({ channel_id: channel, last_pin_timestamp: expect.any(String) })
  expect((await session.until(({ t }) => t === 'MESSAGE_UPDATE')).d.pinned).toBe(true)
  const notice = (await session.until(({ t, d }) => t === 'MESSAGE_CREATE' && d.type === 6)).d
  expect(notice).toMatchObject({ author: { id: bob.id }, message_reference: { message_id: id } })
  const [listed] = (await bob.expect('GET', '/users/@me/channels')) as { last_pin_timestamp: string }[]
  expect(listed?.last_pin_timestamp).toBe(d.last_pin_timestamp)
  expect(idsOf(await pinsOf(ada, channel))).toEqual([id])
  expect((await pin(ada, channel, id, 'DELETE')).status).toBe(204)
  expect(idsOf(await pinsOf(bob, channel))).toEqual([])
  const stranger = await newPerson(server.http, 'stranger')
  expect((await pin(stranger, channel, id)).body.code).toBe(50_001)
  await session.client.close()
})

test('messages that go with a ban are no pins', async () => {
  const channel = await newChannel()
  const rude = await newPerson(server.http, 'rude')
  await join(ada, rude, home.general)
  const [bad, good] = [await say(rude, channel), await say(bob, channel)]
  for (const id of [bad, good]) expect((await pin(ada, channel, id)).status).toBe(204)
  await ada.expect('PUT', `/guilds/${home.id}/bans/${rude.id}`, { delete_message_seconds: 600 })
  await eventually('the job', async () => (await allPins(ada, channel, 50)).length === 1)
  expect(await allPins(ada, channel, 50)).toEqual([good])
})

test('[PIN-2] what a crash left unsaid is said by a sweep', async () => {
  const channel = await newChannel()
  const id = await say(bob, channel)
  expect((await pin(ada, channel, id)).status).toBe(204)
  const session = await TestSession.identify(server.gateway, bob.token)
  // As it would be if the api had been killed between its commit and what follows in the log.
  const message = JSON.stringify({
    ...(await bob.expect('GET', `/channels/${channel}/messages`))[0],
    id: String(BigInt(id) + 1_000_000n),
    reactions: [],
  })
  await query(
    server.dataDir,
    `insert into notices (id, channel_id, pin_id, message, due_at) values (snowflake(), $1, $2, $3, now())`,
    [channel, id, message],
  )
  await session.until(({ t, d }) => t === 'MESSAGE_UPDATE' && d.id === id && d.pinned)
  await session.until(({ t, d }) => t === 'MESSAGE_CREATE' && d.type === 6 && d.channel_id === channel)
  await eventually(
    'the note is gone',
    async () =>
      (await query(server.dataDir, 'select id from notices where channel_id = $1', [channel])).length === 0,
  )
  await session.client.close()
})

test('[PIN-2] edits and pins at once: the last update says what a fetch says', async () => {
  const random = seededRandom(newSeed('pins'))
  const channel = await newChannel()
  const id = await say(ada, channel)
  const session = await TestSession.identify(server.gateway, bob.token)
  for (let round = 0; round < 10; round++) {
    await Promise.all(
      Array.from({ length: 8 }, (_, n) => {
        const drawn = random()
        if (drawn < 0.4)
          return ada.request('PATCH', `/channels/${channel}/messages/${id}`, { content: `${round}/${n}` })
        return pin(ada, channel, id, drawn < 0.7 ? 'PUT' : 'DELETE')
      }),
    )
    const mark = await say(ada, channel)
    await session.until(({ t, d }) => t === 'MESSAGE_CREATE' && d.id === mark)
    const believed = session.stream.findLast(({ t, d }) => t === 'MESSAGE_UPDATE' && d.id === id)?.d
    const fetched = await bob.expect('GET', `/channels/${channel}/messages/${id}`)
    expect([believed?.pinned ?? false, idsOf(await pinsOf(bob, channel))]).toEqual([
      fetched.pinned,
      fetched.pinned ? [id] : [],
    ])
  }
  await session.client.close()
})

test('discord.js pins, fetches and unpins', async () => {
  const { token } = await newBot(ada, home.id)
  const client = new Client({
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.MessageContent],
    rest: { api: `${server.http}/api` },
  })
  onTestFinished(() => client.destroy())
  await client.login(token)
  if (!client.isReady()) await new Promise((resolve) => client.once(Events.ClientReady, resolve))
  const channel = (await client.channels.fetch(home.general)) as TextChannel
  const message = await channel.send('to be kept')
  const told = new Promise<Date>((resolve) =>
    client.once(Events.ChannelPinsUpdate, (_, time) => resolve(time)),
  )
  const updated = new Promise((resolve) => client.once(Events.MessageUpdate, (_, now) => resolve(now.pinned)))
  await message.pin('a reason')
  expect(Number(await told)).toBeGreaterThan(message.createdTimestamp)
  expect(await updated).toBe(true)
  const { items, hasMore } = await channel.messages.fetchPins()
  expect([hasMore, items.map((one) => one.message.id)]).toEqual([false, [message.id]])
  expect(channel.lastPinTimestamp).toBe(items[0]?.pinnedTimestamp)
  await message.unpin()
  expect((await channel.messages.fetchPins()).items).toEqual([])
})

test('oceanic.js pins, lists and unpins', async () => {
  const { token } = await newBot(ada, home.id)
  const client = new Oceanic({
    auth: `Bot ${token}`,
    rest: { baseURL: `${server.http}/api/v10` },
    gateway: { intents: ['GUILDS', 'GUILD_MESSAGES', 'MESSAGE_CONTENT'] },
  })
  onTestFinished(() => client.disconnect(false))
  const ready = emitted(client, 'ready')
  await client.connect()
  await ready
  const message = await client.rest.channels.createMessage(home.general, { content: 'to be kept' })
  const told = emitted(client, 'channelPinsUpdate')
  await message.pin()
  await told
  const listed = await client.rest.channels.getPinnedMessages(home.general)
  expect(JSON.stringify(listed)).toContain(message.id)
  await message.unpin()
  expect(JSON.stringify(await client.rest.channels.getPinnedMessages(home.general))).not.toContain(message.id)
})

test('[HTTP-5] discord.py: an empty PUT of application/octet-stream to the older path', async () => {
  const id = await say(ada, home.general)
  const status = (method: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const { hostname, port } = new URL(server.http)
      const headers = {
        authorization: ada.authorization,
        'content-type': 'application/octet-stream',
        'content-length': '0',
      }
      const path = `/api/v10/channels/${home.general}/pins/${id}`
      const sent = httpRequest({ hostname, port, method, path, headers }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
      sent.on('error', reject)
      sent.end()
    })
  expect(await status('PUT')).toBe(204)
  expect((await ada.expect('GET', `/channels/${home.general}/pins`))[0]).toMatchObject({ id, pinned: true })
  expect(await status('DELETE')).toBe(204)
  expect(await ada.expect('GET', `/channels/${home.general}/pins`)).toEqual([])
})

test('[VIS-2] who does not see the channel is not told', async () => {
  const channel = await newChannel()
  const deny = String(1 << 10)
  await ada.expect('PUT', `/channels/${channel}/permissions/${bob.id}`, { type: 1, deny })
  const client = await GatewayClient.enter(server.gateway, bob.token)
  expect((await pin(ada, channel, await say(ada, channel))).status).toBe(204)
  const mark = await say(ada, home.general)
  await client.dispatch('MESSAGE_CREATE', (d) => d.id === mark)
  expect(client.dispatches.filter(({ d }) => d.channel_id === channel)).toEqual([])
  await client.close()
})
