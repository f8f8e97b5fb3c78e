import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '#test/support/eventually.ts'
import { GatewayClient, TestSession } from '#test/support/gateway-client.ts'
import { join, newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

const COMPRESSED = { query: '?v=10&encoding=json&compress=zlib-stream' }
const OF_DISCORD_PY = { os: 'linux', browser: 'discord.py', device: 'discord.py' }

let server: TestServer
let ada: Person
let bob: Person
let home: { id: string; general: string }
let bot: { token: string; applicationId: string }

beforeAll(async () => {
  server = await startServer()
  ada = await newPerson(server.http, 'ada')
  bob = await newPerson(server.http, 'bob')
  home = await newGuild(ada, 'Tea room')
  await join(ada, bob, home.general)
  bot = await newBot(ada, home.id)
})
afterAll(async () => {
  await server?.stop()
})

const messages = () => `/channels/${home.general}/messages`
const says = (content: string) => ada.expect('POST', messages(), { content })

/** Sends exactly these bytes: fetch would tidy them up. By the bot, unless told. */
async function raw(
  method: string,
  path: string,
  { authorization = `Bot ${bot.token}`, body = '', type = body ? 'application/json' : undefined }: Raw = {},
) {
  const outgoing = httpRequest(`${server.http}/`, {
    method,
    path: `/api/v10${path}`,
    headers: {
      authorization,
      'content-length': Buffer.byteLength(body),
      ...(type ? { 'content-type': type } : {}),
    },
  })
  outgoing.end(body)
  const [response] = await once(outgoing, 'response')
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  return {
    status: response.statusCode as number,
    type: response.headers['content-type'] as string | undefined,
    body: text === '' ? undefined : JSON.parse(text),
  }
}
interface Raw {
  readonly authorization?: string
  readonly body?: string | Buffer
  readonly type?: string | undefined
}

describe('how libraries connect', () => {
  test('[SES-8] with zlib-stream frames are binary and one stream, without it text', async () => {
    const [plain, packed] = await Promise.all([
      GatewayClient.enter(server.gateway, ada.token),
      GatewayClient.enter(server.gateway, ada.token, COMPRESSED),
    ])
    const clients = [plain, packed]
    await Promise.all(clients.map((client) => client.dispatch('GUILD_CREATE')))
    const content = `${randomBytes(900).toString('hex')} ä 👍`
    for (let n = 0; n < 20; n++) await says(`${n} ${content}`)
    const [texts, inflated] = await Promise.all(
      clients.map(async (client) => {
        await client.dispatch('MESSAGE_CREATE', (d) => d.content.startsWith('19 '))
        await client.heartbeat()
        return client.dispatches.filter(({ t }) => t === 'MESSAGE_CREATE').map(({ d }) => d)
      }),
    )
    expect(inflated).toEqual(texts)
    expect(inflated).toHaveLength(20)
    expect([...plain.kinds, ...packed.kinds]).toEqual(['text', 'binary'])
    await Promise.all(clients.map((client) => client.close()))
  })

  test('discord.py: a login by REST, no GET /gateway, null before Identify, compression asked for twice', async () => {
    expect((await raw('GET', '/users/@me')).body).toMatchObject({ bot: true })
    const { body } = await raw('GET', '/oauth2/applications/@me')
    expect(body).toMatchObject({ id: bot.applicationId })
    const socket = await GatewayClient.open(server.gateway, COMPRESSED)
    await socket.heartbeat(null)
    const ready = await socket.identify(bot.token, {
      properties: OF_DISCORD_PY,
      compress: true,
      large_threshold: 250,
      intents: 1 | (1 << 9),
    })
    expect(ready.d).toMatchObject({ user: { bot: true }, private_channels: [] })
    expect((await socket.dispatch('GUILD_CREATE')).id).toBe(home.id)
    await socket.close()
  })

  test('oceanic.js: 0 before Identify, and compression named by a string', async () => {
    const socket = await GatewayClient.open(server.gateway, COMPRESSED)
    await socket.heartbeat(0)
    await socket.identify(`Bot ${bot.token}`, { compress: 'zlib-stream', intents: 1 })
    await socket.close()
  })

  test('eris: a presence of nobody doing nothing, offline, in Identify and later', async () => {
    const presence = { activities: null, afk: false, since: null, status: 'offline' }
    const socket = await GatewayClient.open(server.gateway)
    await socket.identify(`Bot ${bot.token}`, { presence, intents: 1 })
    socket.send({ op: 3, d: { ...presence, status: 'online' } })
    await socket.heartbeat()
    socket.send({ op: 3, d: { status: 'dnd', activities: [{ name: 'tea', type: 0 }], since: 0, afk: false } })
    await socket.heartbeat()
    await socket.close()
  })

  test('[RES-1] a Resume may have the prefix, whatever Identify had', async () => {
    for (const [first, then] of [
      [bot.token, `Bot ${bot.token}`],
      [`Bot ${bot.token}`, bot.token],
    ] as const) {
      const session = await TestSession.identify(server.gateway, first)
      await session.cut()
      const socket = await GatewayClient.open(server.gateway)
      socket.resume(then, session.sessionId, session.seq)
      await socket.dispatch('RESUMED')
      await socket.close()
    }
  })

  test('[RES-1] a Resume by zlib-stream begins a stream of its own', async () => {
    const session = await TestSession.identify(server.gateway, bot.token)
    await session.cut()
    const { id } = await says('meanwhile')
    const socket = await GatewayClient.open(server.gateway, COMPRESSED)
    socket.resume(bot.token, session.sessionId, session.seq)
    expect((await socket.dispatch('MESSAGE_CREATE')).id).toBe(id)
    await socket.dispatch('RESUMED')
    await socket.close()
  })

  test('[RES-6] Invalid Session is answered by Identify on the same socket', async () => {
    const socket = await GatewayClient.open(server.gateway, COMPRESSED)
    socket.resume(bot.token, 'a session that nobody has', 7)
    await socket.until(({ op }) => op === 9)
    await socket.identify(bot.token)
    await socket.close()
  })

  test('bots are not told of a conversation but by its first message', async () => {
    const socket = await GatewayClient.open(server.gateway)
    const { d } = await socket.identify(bot.token)
    const dm = await bob.expect('POST', '/users/@me/channels', { recipient_id: d.user.id })
    const { id } = await bob.expect('POST', `/channels/${dm.id}/messages`, { content: 'psst' })
    expect(await socket.dispatch('MESSAGE_CREATE', (said) => said.id === id)).toMatchObject({
      channel_type: 1,
    })
    await socket.heartbeat()
    expect(socket.dispatches.filter(({ t }) => t === 'CHANNEL_CREATE')).toEqual([])
    await socket.close()
  })
})

describe('[HTTP-3] ids as bare 64-bit integers lose no digit', () => {
  test('of what is replied to', async () => {
    const { id } = await says('which one?')
    const reference = `{"message_id":${id},"channel_id":${home.general},"guild_id":${home.id}}`
    const reply = await raw('POST', messages(), {
      body: `{"content":"this one","message_reference":${reference}}`,
    })
    expect(reply).toMatchObject({
      status: 200,
      body: { message_reference: { message_id: id }, referenced_message: { id } },
    })
  })

  test('of who may be mentioned', async () => {
    const { body } = await raw('POST', messages(), {
      body: `{"content":"<@${bob.id}> <@${ada.id}>","allowed_mentions":{"parse":[],"users":[${bob.id}]}}`,
    })
    expect(body.mentions.map(({ id }: { id: string }) => id)).toEqual([bob.id])
  })

  test('of channels that are made, moved and given overwrites', async () => {
    const category = await ada.expect('POST', `/guilds/${home.id}/channels`, { name: 'Rooms', type: 4 })
    const made = await raw('POST', `/guilds/${home.id}/channels`, {
      body: `{"name":"room","type":0,"parent_id":${category.id},"permission_overwrites":[{"id":${bob.id},"type":1,"allow":1024,"deny":"0"}]}`,
    })
    expect(made).toMatchObject({
      status: 201,
      body: { parent_id: category.id, permission_overwrites: [{ id: bob.id, allow: '1024', deny: '0' }] },
    })
    const moved = await raw('PATCH', `/guilds/${home.id}/channels`, {
      body: `[{"id":${made.body.id},"position":1,"parent_id":null},{"id":${home.general},"position":2}]`,
    })
    expect(moved.status).toBe(204)
    expect((await ada.expect('GET', `/channels/${made.body.id}`)).parent_id).toBeNull()
  })

  test('of messages that go together, and of whom one writes to', async () => {
    const ids = [(await says('one')).id, (await says('two')).id]
    const body = `{"messages":[${ids.join()}]}`
    expect((await raw('POST', `${messages()}/bulk-delete`, { body })).status).toBe(204)
    await eventually('both to be gone', async () => {
      const gone = await Promise.all(ids.map((id) => ada.request('GET', `${messages()}/${id}`)))
      return gone.every(({ status }) => status === 404)
    })
    const dm = await raw('POST', '/users/@me/channels', { body: `{"recipient_id":${bob.id}}` })
    expect(dm.body.recipients).toMatchObject([{ id: bob.id }])
  })

  test('of roles and of members that are asked for', async () => {
    const role = await ada.expect('POST', `/guilds/${home.id}/roles`, { name: 'pourer' })
    const given = await raw('PATCH', `/guilds/${home.id}/members/${bob.id}`, {
      body: `{"roles":[${role.id}]}`,
    })
    expect(given.body.roles).toEqual([role.id])
    const socket = await GatewayClient.open(server.gateway)
    await socket.identify(bot.token)
    socket.sendRaw(`{"op":8,"d":{"guild_id":${home.id},"user_ids":[${bob.id}],"limit":0,"nonce":"n"}}`)
    const chunk = await socket.dispatch('GUILD_MEMBERS_CHUNK')
    expect(chunk).toMatchObject({ nonce: 'n', chunk_count: 1, members: [{ user: { id: bob.id } }] })
    await socket.close()
  })
})

describe('[HTTP-5] how libraries write requests', () => {
  test('an empty PUT with a content type, a DELETE with a bare ?, encoded segments', async () => {
    const { id } = await says('react to this')
    const put = (emoji: string, type: string) =>
      raw('PUT', `${messages()}/${id}/reactions/${emoji}`, { type })
    expect(await put('%F0%9F%91%8D/%40me', 'application/octet-stream')).toEqual({ status: 204 })
    expect((await put('%E2%9D%A4%EF%B8%8F/@me', 'application/json')).status).toBe(204)
    const shown = await ada.expect('GET', `${messages()}/${id}`)
    expect(shown.reactions.map(({ emoji }: { emoji: { name: string } }) => emoji.name)).toEqual(['👍', '❤️'])
    const removed = await raw('DELETE', `${messages()}/${id}/reactions/%F0%9F%91%8D/%40me?`)
    expect(removed.status).toBe(204)
    expect((await raw('DELETE', `${messages()}/${id}?`)).status).toBe(204)
    const gone = await raw('GET', `${messages()}/${id}`)
    expect(gone).toMatchObject({ status: 404, type: 'application/json', body: { code: 10008 } })
    const typed = await raw('POST', messages(), { body: 'hello', type: 'text/plain' })
    expect(typed).toMatchObject({ status: 400, body: { code: 50035 } })
  })

  test('the older routes of pins', async () => {
    const { id } = await says('keep this')
    const pins = `/channels/${home.general}/pins`
    const type = 'application/octet-stream'
    expect(await raw('PUT', `${pins}/${id}`, { type })).toEqual({ status: 204 })
    expect((await raw('GET', pins)).body).toMatchObject([{ id, pinned: true }])
    expect(await raw('DELETE', `${pins}/${id}`)).toEqual({ status: 204 })
    expect((await raw('GET', pins)).body).toEqual([])
  })

  test('eris: its own name beside that of the wire; discord.js: enforce_nonce false', async () => {
    const { id } = await says('a question')
    const body = {
      content: 'an answer',
      messageReference: { messageID: id },
      message_reference: { message_id: id, fail_if_not_exists: false },
      nonce: '12345678901234567',
      enforce_nonce: false,
    }
    const twice = [0, 1].map(() => raw('POST', messages(), { body: JSON.stringify(body) }))
    const [one, other] = await Promise.all(twice)
    expect(one).toMatchObject({ status: 200, body: { type: 19, nonce: body.nonce } })
    expect(other?.body.id).not.toBe(one?.body.id)
  })

  test.each([
    ['discord.js', 'files[0]', { attachments: [{ id: '0', filename: 'a.bin' }] }],
    ['discord.py', 'files[0]', { attachments: [{ id: 0, filename: 'a.bin' }] }],
    ['eris', 'files[0]', {}],
    ['oceanic.js', 'files[1]', {}],
  ])('%s: a file in %s', async (_library, name, more) => {
    const bytes = randomBytes(1_000)
    const form = new FormData()
    form.append('payload_json', JSON.stringify({ content: 'a file', ...more }))
    form.append(name, new Blob([bytes]), 'a.bin')
    const sent = await ada.expect('POST', messages(), form)
    expect(sent.attachments).toMatchObject([{ filename: 'a.bin', size: 1_000 }])
    const download = await fetch(sent.attachments[0].url)
    expect(Buffer.from(await download.arrayBuffer()).equals(bytes)).toBe(true)
  })

  test('without a valid token: 401 in the error body, which libraries know by its status', async () => {
    for (const authorization of ['Bot wrong', 'wrong']) {
      const refused = await raw('GET', '/users/@me', { authorization })
      expect(refused).toMatchObject({ status: 401, type: 'application/json', body: { code: 0 } })
    }
  })
})
