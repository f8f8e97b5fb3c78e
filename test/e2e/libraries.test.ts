import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { Agent } from 'node:https'
import Eris from 'eris'
import { Client as Oceanic, type Message as OceanicMessage } from 'oceanic.js'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { complaintsOf, emitted } from '#test/support/emitted.ts'
import { freePort } from '#test/support/free-port.ts'
import { GatewayClient } from '#test/support/gateway-client.ts'
import { newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'
import { CERTIFICATE, startTlsProxy, type TlsProxy } from '#test/support/tls-proxy.ts'

const COMPRESSED = { query: '?v=10&encoding=json&compress=zlib-stream' }

let gateway: string
let proxy: TlsProxy
let server: TestServer
let ada: Person
let home: { id: string; general: string }

beforeAll(async () => {
  // eris speaks nothing but TLS: server and proxy stand as they would in production.
  const port = await freePort()
  gateway = `ws://127.0.0.1:${port}`
  proxy = await startTlsProxy(() => ({ http: server.http, gateway }))
  server = await startServer({
    env: {
      GUILDHALL_GATEWAY_PORT: String(port),
      GUILDHALL_GATEWAY_URL: `wss://localhost:${proxy.port}/gateway`,
    },
  })
  ada = await newPerson(server.http, 'ada')
  home = await newGuild(ada, 'Tea room')
})
afterAll(async () => {
  await server?.stop()
  await proxy.close()
})

const messages = () => `/channels/${home.general}/messages`
const says = (content: string) => ada.expect('POST', messages(), { content })

test('eris: logs in, receives, replies, edits, reacts, sends a file, deletes', async () => {
  const bot = await newBot(ada, home.id)
  const client = Eris(`Bot ${bot.token}`, {
    intents: ['guilds', 'guildMembers', 'guildMessages', 'guildMessageReactions', 'messageContent'],
    rest: {
      domain: 'localhost',
      baseURL: '/api/v10',
      agent: new Agent({ port: proxy.port, ca: CERTIFICATE }),
    },
    ws: { ca: CERTIFICATE },
    getAllUsers: true,
    restMode: true,
  })
  onTestFinished(() => client.disconnect({ reconnect: false }))
  const complaints = complaintsOf(client)
  const ready = emitted(client, 'ready')
  await client.connect()
  await ready
  const guild = client.guilds.get(home.id)
  expect(guild).toMatchObject({ name: 'Tea room', ownerID: ada.id })
  expect(guild?.members.map(({ id }) => id).sort()).toEqual([ada.id, client.user.id].sort())
  expect(guild?.channels.map(({ type }) => type).sort()).toEqual([0, 4])

  const heard = emitted<[Eris.Message]>(client, 'messageCreate')
  const { id } = await says('hello eris')
  const [received] = await heard
  expect(received).toMatchObject({ id, content: 'hello eris', author: { id: ada.id }, guildID: home.id })
  expect(received.member?.id).toBe(ada.id)

  const reply = await client.createMessage(home.general, {
    content: 'hello ada',
    messageReference: { messageID: id, channelID: home.general, guildID: home.id },
  })
  expect(await ada.expect('GET', `${messages()}/${reply.id}`)).toMatchObject({
    type: 19,
    content: 'hello ada',
    referenced_message: { id },
  })
  const updated = emitted<[Eris.Message, { content: string }]>(client, 'messageUpdate')
  await reply.edit('hello, ada')
  const [after, before] = await updated
  expect([before.content, after.content]).toEqual(['hello ada', 'hello, ada'])

  const reacted = emitted<[unknown, { name: string }]>(client, 'messageReactionAdd')
  await client.addMessageReaction(home.general, id, '👍')
  expect((await reacted)[1].name).toBe('👍')
  expect(await client.getMessageReaction(home.general, id, '👍')).toMatchObject([{ id: client.user.id }])
  await client.removeMessageReaction(home.general, id, '👍')

  const bytes = randomBytes(10_000)
  const sent = await client.createMessage(home.general, { content: 'a file' }, { file: bytes, name: 'a.bin' })
  const download = await fetch(sent.attachments[0]?.url as string)
  expect(Buffer.from(await download.arrayBuffer()).equals(bytes)).toBe(true)
  expect(await client.getMessages(home.general, { limit: 2 })).toMatchObject([
    { id: sent.id },
    { id: reply.id },
  ])

  const pinned = emitted(client, 'channelPinUpdate')
  await client.pinMessage(home.general, reply.id)
  await pinned
  expect(await client.getPins(home.general)).toMatchObject([{ id: reply.id, pinned: true }])
  await client.unpinMessage(home.general, reply.id)

  await guild?.fetchMembers()
  await client.sendChannelTyping(home.general)
  const deleted = emitted<[{ id: string }]>(client, 'messageDelete')
  await reply.delete()
  expect((await deleted)[0].id).toBe(reply.id)
  expect(complaints).toEqual([])
})

test.for([
  ['plainly', {}],
  ['by zlib-stream', { compress: 'zlib-stream', compressLibrary: 'native' }],
] as const)(
  '[SES-8] oceanic.js %s: logs in, receives, replies, edits, reacts, sends a file, deletes',
  async ([, compression]) => {
    const bot = await newBot(ada, home.id)
    const client = new Oceanic({
      auth: `Bot ${bot.token}`,
      rest: { baseURL: `${server.http}/api/v10` },
      gateway: {
        intents: ['GUILDS', 'GUILD_MEMBERS', 'GUILD_MESSAGES', 'GUILD_MESSAGE_REACTIONS', 'MESSAGE_CONTENT'],
        ws: { ca: CERTIFICATE },
        getAllUsers: true,
        ...compression,
      },
    })
    onTestFinished(() => client.disconnect(false))
    const complaints = complaintsOf(client)
    const ready = emitted(client, 'ready')
    await client.connect()
    await ready
    const guild = client.guilds.get(home.id)
    expect(guild).toMatchObject({ name: 'Tea room', ownerID: ada.id })
    expect([...(guild?.members.keys() ?? [])]).toContain(ada.id)
    expect(guild?.channels.map(({ type }) => type).sort()).toEqual([0, 4])

    const heard = emitted<[OceanicMessage]>(client, 'messageCreate')
    // Longer than what zlib gives in one piece.
    const text = `hello oceanic ${'ä'.repeat(1_900)}`
    const { id } = await says(text)
    const [received] = await heard
    expect(received).toMatchObject({ id, content: text, guildID: home.id })
    expect(received.author.id).toBe(ada.id)

    const { rest } = client
    const reply = await rest.channels.createMessage(home.general, {
      content: 'hello ada',
      messageReference: { messageID: id },
    })
    expect(await ada.expect('GET', `${messages()}/${reply.id}`)).toMatchObject({
      type: 19,
      referenced_message: { id },
    })
    const updated = emitted<[OceanicMessage, { content: string }]>(client, 'messageUpdate')
    await reply.edit({ content: 'hello, ada' })
    // What it was before is gone when the answer overtakes the dispatch.
    const [after] = await updated
    expect(after.content).toBe('hello, ada')

    const reacted = emitted<[unknown, unknown, { emoji: { name: string } }]>(client, 'messageReactionAdd')
    await rest.channels.createReaction(home.general, id, '👍')
    expect((await reacted)[2].emoji.name).toBe('👍')
    expect(await rest.channels.getReactions(home.general, id, '👍')).toMatchObject([{ id: client.user.id }])
    await rest.channels.deleteReaction(home.general, id, '👍')

    const bytes = randomBytes(10_000)
    const sent = await rest.channels.createMessage(home.general, {
      content: 'files',
      files: [
        { name: 'a.bin', contents: bytes },
        { name: 'b.bin', contents: Buffer.from('b') },
      ],
    })
    expect(sent.attachments.map(({ filename }) => filename)).toEqual(['a.bin', 'b.bin'])
    const download = await fetch(sent.attachments.first()?.url as string)
    expect(Buffer.from(await download.arrayBuffer()).equals(bytes)).toBe(true)
    expect(await rest.channels.getMessages(home.general, { limit: 2 })).toMatchObject([
      { id: sent.id },
      { id: reply.id },
    ])

    const deleted = emitted<[{ id: string }]>(client, 'messageDelete')
    await reply.delete()
    expect((await deleted)[0].id).toBe(reply.id)
    expect(complaints).toEqual([])
  },
)

describe('a plain WebSocket', () => {
  test('[SES-8] with zlib-stream is sent binary frames of one stream, without it text', async () => {
    const [plain, packed] = await Promise.all([
      GatewayClient.enter(gateway, ada.token),
      GatewayClient.enter(gateway, ada.token, COMPRESSED),
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

  test('READY names the public address to resume at', async () => {
    const client = await GatewayClient.enter(gateway, ada.token)
    const ready = await client.dispatch('READY')
    expect(ready.resume_gateway_url).toBe(`wss://localhost:${proxy.port}/gateway`)
    await client.close()
  })
})

describe('habits of discord.py', () => {
  /** Sends exactly these bytes: fetch would tidy them up. */
  async function raw(
    method: string,
    path: string,
    { authorization, body = '', type }: { authorization: string; body?: string; type?: string },
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
    return { status: response.statusCode as number, body: text === '' ? undefined : JSON.parse(text) }
  }

  test('a heartbeat before Identify, compression asked for twice, and a login by REST', async () => {
    const { token, applicationId } = await newBot(ada, home.id)
    const bot = ada.as(`Bot ${token}`)
    expect(await bot.expect('GET', '/users/@me')).toMatchObject({ bot: true })
    expect(await bot.expect('GET', '/oauth2/applications/@me')).toMatchObject({ id: applicationId })
    const socket = await GatewayClient.open(gateway, COMPRESSED)
    await socket.heartbeat(null)
    const ready = await socket.identify(token, {
      properties: { os: 'linux', browser: 'discord.py', device: 'discord.py' },
      compress: true,
      large_threshold: 250,
      intents: 1 | (1 << 9),
    })
    expect(ready.d.user.bot).toBe(true)
    expect((await socket.dispatch('GUILD_CREATE')).id).toBe(home.id)
    await socket.close()
  })

  test('[HTTP-3] a message_reference of bare 64-bit integers loses no digit', async () => {
    const first = await says('which one?')
    const body = `{"content":"this one","message_reference":{"message_id":${first.id},"channel_id":${home.general},"guild_id":${home.id}}}`
    const reply = await raw('POST', messages(), {
      authorization: ada.token,
      body,
      type: 'application/json',
    })
    expect(reply).toMatchObject({
      status: 200,
      body: { message_reference: { message_id: first.id }, referenced_message: { id: first.id } },
    })
  })

  test('[HTTP-5] an empty PUT with a content type, a DELETE with a bare ?, encoded segments', async () => {
    const { id } = await says('react to this')
    const authorization = ada.token
    const put = await raw('PUT', `${messages()}/${id}/reactions/%F0%9F%91%8D/%40me`, {
      authorization,
      type: 'application/octet-stream',
    })
    expect(put).toEqual({ status: 204, body: undefined })
    const jsonPut = await raw('PUT', `${messages()}/${id}/reactions/%E2%9D%A4%EF%B8%8F/@me`, {
      authorization,
      type: 'application/json',
    })
    expect(jsonPut.status).toBe(204)
    const shown = await ada.expect('GET', `${messages()}/${id}`)
    expect(shown.reactions.map((reaction: { emoji: { name: string } }) => reaction.emoji.name)).toEqual([
      '👍',
      '❤️',
    ])
    const removed = await raw('DELETE', `${messages()}/${id}/reactions/%F0%9F%91%8D/%40me?`, {
      authorization,
    })
    expect(removed.status).toBe(204)
    expect((await raw('DELETE', `${messages()}/${id}?`, { authorization })).status).toBe(204)
    expect((await raw('GET', `${messages()}/${id}`, { authorization })).status).toBe(404)
    const typed = await raw('POST', messages(), { authorization, body: 'hello', type: 'text/plain' })
    expect(typed).toMatchObject({ status: 400, body: { code: 50035 } })
  })
})
