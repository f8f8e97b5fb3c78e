import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Intent, KNOWN_INTENTS, PRIVILEGED_INTENTS } from '#shared/protocol/intents.ts'
import { query } from '#test/support/embedded-database.ts'
import { answerToResume, GatewayClient, isEphemeral, TestSession } from '#test/support/gateway-client.ts'
import { Caller, join, newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

let server: TestServer
let ada: Person
let bob: Person
let guild: { id: string; general: string }
let bot: { token: string; applicationId: string }

beforeAll(async () => {
  server = await startServer()
  ada = await newPerson(server.http, 'ada')
  bob = await newPerson(server.http, 'bob')
  guild = await newGuild(ada)
  await join(ada, bob, guild.general)
  bot = await newBot(ada, guild.id)
})
afterAll(async () => {
  await server.stop()
})

const open = () => GatewayClient.open(server.gateway)
const identified = () => TestSession.identify(server.gateway, bob.token)

const say = (who: Caller, content: string) =>
  who.expect('POST', `/channels/${guild.general}/messages`, { content })

/** What the server closes with when it is sent this as the first thing after Hello. */
async function codeFor(payload: unknown): Promise<number> {
  const client = await open()
  if (typeof payload === 'string' || Buffer.isBuffer(payload)) client.sendRaw(payload)
  else client.send(payload)
  const { code } = await client.closed
  expect(client.dispatches).toEqual([])
  return code
}

const identifyWith = (more: object) => ({
  op: 2,
  d: { token: bot.token, intents: 1, properties: {}, ...more },
})

describe('connecting', () => {
  test.each(['/?v=10&encoding=json', '/gateway?v=9', '/gateway/?v=10', '/'])(
    'Hello comes first on %s',
    async (query) => {
      const client = new GatewayClient(new URL(server.gateway).origin, { query: query.slice(1) })
      expect(await client.until(() => true)).toMatchObject({ op: 10, d: { heartbeat_interval: 41_250 } })
      await client.close()
    },
  )

  test.each(['?v=8', '?v=11', '?v=', '?v=ten', '?v=8&v=10'])('[SES-6] %s is 4012', async (query) => {
    expect((await new GatewayClient(server.gateway, { query }).closed).code).toBe(4012)
  })

  test('[SES-5] an encoding that is not spoken is 4002', async () => {
    const client = new GatewayClient(server.gateway, { query: '?v=10&encoding=etf' })
    expect((await client.closed).code).toBe(4002)
  })

  test('on other paths, and to plain HTTP, there is nothing', async () => {
    expect((await new GatewayClient(server.gateway, { query: 'elsewhere' }).closed).code).toBe(1006)
    const response = await fetch(server.gateway.replace('ws:', 'http:'))
    expect(response.status).toBe(404)
  })
})

describe('frames that cannot be understood', () => {
  test.each<[string, string | Buffer]>([
    ['of 5,000 bytes', JSON.stringify({ op: 1, d: null, padding: 'x'.repeat(5_000) })],
    ['one byte too long', JSON.stringify({ op: 1, d: null }).padEnd(4_097)],
    ['binary', Buffer.from(JSON.stringify({ op: 1, d: null }))],
    ['empty', ''],
    ['no JSON', '{"op":1'],
    ['not UTF-8 inside', '{"op":1,"d":"\\ud800"}'],
    ['with NUL', '{"op":2,"d":{"token":"\\u0000"}}'],
    ['with __proto__', '{"op":1,"d":null,"__proto__":{}}'],
    ['deep', `{"op":1,"d":${'['.repeat(500)}${']'.repeat(500)}}`],
    ['an array', '[1]'],
    ['null', 'null'],
    ['without op', '{"d":null}'],
    ['op as a string', '{"op":"1","d":null}'],
    ['Identify without d', '{"op":2}'],
    ['Identify with a list', '{"op":2,"d":[]}'],
    ['Identify without token', '{"op":2,"d":{"intents":0}}'],
    ['Identify with a number as token', '{"op":2,"d":{"token":1234567890}}'],
    ['Resume without session', '{"op":6,"d":{"token":"x","seq":1}}'],
    ['Resume with a wrong seq', '{"op":6,"d":{"token":"x","session_id":"x","seq":"many"}}'],
    ['heartbeat with an object', '{"op":1,"d":{}}'],
    ['heartbeat below zero', '{"op":1,"d":-1}'],
    ['heartbeat with a fraction', '{"op":1,"d":1.5}'],
    ['members of no guild', '{"op":8,"d":{"query":"","limit":0}}'],
  ])('[SES-5] %s: 4002', async (_name, data) => {
    expect(await codeFor(data)).toBe(4002)
  })

  test.each([99, -1, 0, 5, 7, 9, 10, 11, 1.5, 1e300])('[SES-5] op %d: 4001', async (op) => {
    expect(await codeFor({ op, d: null })).toBe(4001)
  })

  test('[SES-5] far too large: the transport ends the connection, the session stays', async () => {
    const session = await identified()
    session.client.sendRaw('x'.repeat(200_000))
    expect((await session.client.closed).code).toBe(1006)
    await session.resume(server.gateway)
    await session.client.close()
  })

  test('[SES-5] 4,096 bytes are not too many', async () => {
    const client = await open()
    client.sendRaw(JSON.stringify({ op: 1, d: null }).padEnd(4_096))
    await client.until(({ op }) => op === 11)
    await client.close()
  })
})

describe('before and after Identify', () => {
  test.each([
    { op: 3, d: { status: 'online', activities: [], since: null, afk: false } },
    { op: 4, d: { guild_id: null } },
    { op: 8, d: { guild_id: '1', query: '', limit: 0 } },
    { op: 14, d: {} },
  ])('[SES-5] op $op before is 4003', async (payload) => {
    expect(await codeFor(payload)).toBe(4003)
  })

  test('[SES-5] a second Identify, or a Resume, is 4005; the session stays', async () => {
    const session = await identified()
    for (const again of [
      { op: 2, d: { token: bob.token, intents: 0 } },
      { op: 6, d: { token: bob.token, session_id: session.sessionId, seq: 1 } },
    ]) {
      session.client.send(again)
      expect((await session.client.closed).code).toBe(4005)
      await session.resume(server.gateway)
    }
    await session.client.close()
  })

  test('[SES-5] also at once, while the first is under way', async () => {
    const client = await open()
    for (let n = 0; n < 2; n++) client.send({ op: 2, d: { token: bob.token, intents: 0 } })
    expect((await client.closed).code).toBe(4005)
  })

  test('heartbeats are answered in any phase, with any number', async () => {
    const client = await open()
    await client.heartbeat(null)
    await client.heartbeat(0)
    client.send({ op: 1 })
    client.send({ op: 2, d: { token: bob.token, intents: 0 } })
    for (const seq of [null, 0, 1, '1', 1_000_000, 1e300]) await client.heartbeat(seq)
    await expect.poll(() => client.frames.filter(({ op }) => op === 11).length).toBe(9)
    await client.close()
  })

  test('[SES-5] as many may come while Identify is under way', async () => {
    const client = await open()
    client.send({ op: 2, d: { token: bob.token, intents: KNOWN_INTENTS } })
    for (let n = 0; n < 119; n++) client.send({ op: 1, d: null })
    await expect.poll(() => client.frames.filter(({ op }) => op === 11).length, { timeout: 10_000 }).toBe(119)
    await client.close()
  })

  test('[SES-5] 120 frames at once are answered, one more is 4008; the session stays', async () => {
    const session = await identified()
    // Identify and one heartbeat have been sent.
    for (let n = 2; n < 120; n++) session.client.send({ op: 1, d: null })
    await expect
      .poll(() => session.client.frames.filter(({ op }) => op === 11).length, { timeout: 10_000 })
      .toBe(119)
    session.client.send({ op: 1, d: null })
    expect((await session.client.closed).code).toBe(4008)
    await session.resume(server.gateway)
    await session.client.close()
  })
})

describe('who may identify, and for what', () => {
  test.each(['wrong', '', `Bot ${'x'.repeat(200)}`, 'Bot ', "' or 1=1 --"])(
    '[SES-6] token %j is 4004',
    async (token) => {
      expect(await codeFor(identifyWith({ token }))).toBe(4004)
      expect(await codeFor({ op: 6, d: { token, session_id: 'x', seq: 1 } })).toBe(4004)
    },
  )

  test('[SES-6] the token of an account that is not confirmed is 4004', async () => {
    const anyone = new Caller(server.http)
    const account = { username: 'unconfirmed', email: 'unconfirmed@example.org', password: 'correct horse' }
    await anyone.expect('POST', '/auth/register', { ...account, consent: true })
    const { body } = await anyone.request('POST', '/auth/login', {
      login: account.email,
      password: account.password,
    })
    expect(await codeFor(identifyWith({ token: body.token ?? 'none was given' }))).toBe(4004)
  })

  test('[SES-6] a token is accepted with and without the prefix', async () => {
    for (const token of [bot.token, `Bot ${bot.token}`]) {
      const client = await open()
      expect((await client.identify(token)).d.user.bot).toBe(true)
      await client.close()
    }
  })

  test.each([
    [[1, 1]],
    [[2, 2]],
    [[0, 0]],
    [[-1, 1]],
    [[0.5, 1]],
    [['0', '1']],
    [[0]],
    [[0, 1, 2]],
    [[]],
    ['0/1'],
    [{ id: 0, count: 1 }],
    [[1e300, 1e301]],
  ])('[SES-6] shard %j is 4010', async (shard) => {
    expect(await codeFor(identifyWith({ shard }))).toBe(4010)
  })

  test.each([1 << 17, 1 << 30, 2 ** 31, 2 ** 32 + 1, 2 ** 53, 1e300, -1, 1.5, '1', {}, []])(
    '[SES-6] intents %j are 4013',
    async (intents) => {
      expect(await codeFor(identifyWith({ intents }))).toBe(4013)
    },
  )

  test('[SES-6] intents that the application does not have are 4014, for bots alone', async () => {
    const other = await newBot(ada, guild.id)
    await query(server.dataDir, 'update applications set flags = 0 where id = $1', [other.applicationId])
    const { GUILD_MEMBERS, GUILD_PRESENCES, MESSAGE_CONTENT } = Intent
    for (const intents of [GUILD_MEMBERS, GUILD_PRESENCES, MESSAGE_CONTENT, KNOWN_INTENTS])
      expect(await codeFor(identifyWith({ token: other.token, intents }))).toBe(4014)
    for (const [token, intents] of [
      [other.token, KNOWN_INTENTS & ~PRIVILEGED_INTENTS],
      [bob.token, KNOWN_INTENTS],
    ] as const) {
      const client = await open()
      await client.identify(token, { intents })
      await client.close()
    }
  })

  test('[SES-4][SES-6] a token that is replaced ends what was identified with it', async () => {
    const other = await newBot(ada, guild.id)
    const connected = await TestSession.identify(server.gateway, other.token)
    const cut = await TestSession.identify(server.gateway, other.token)
    await cut.cut()
    const { token } = await ada.expect('POST', `/applications/${other.applicationId}/bot/reset`)
    expect((await connected.client.closed).code).toBe(4004)
    for (const { sessionId, seq } of [connected, cut]) {
      expect(await codeFor({ op: 6, d: { token: other.token, session_id: sessionId, seq } })).toBe(4004)
      expect(await answerToResume(server.gateway, { token, sessionId, seq })).toMatchObject({ op: 9 })
    }
  })
})

test('[SES-6] a token that is replaced while it identifies opens nothing that lasts', async () => {
  const other = await newBot(ada, guild.id)
  let { token } = other
  for (let n = 0; n < 40; n++) {
    const client = await open()
    const reset = ada.expect('POST', `/applications/${other.applicationId}/bot/reset`)
    // Each time a little later in the course of the other.
    await new Promise((resolve) => setTimeout(resolve, n % 10))
    client.send({ op: 2, d: { token, intents: 1 } })
    expect((await client.closed).code).toBe(4004)
    token = (await reset).token
  }
})

describe('how a connection ends', () => {
  test.each([1000, 1001])('[SES-4] %i by the client ends the session', async (code) => {
    const session = await identified()
    await session.client.close(code)
    await expect
      .poll(() => answerToResume(server.gateway, session), { timeout: 10_000 })
      .toMatchObject({ op: 9, d: false })
  })

  test.each([null, 1002, 1011, 1012, 3000, 4000, 4004, 4999])(
    '[SES-4] %s by the client keeps it',
    async (code) => {
      const session = await identified()
      await session.client.close(code)
      const { id } = await say(ada, 'missed')
      expect((await session.resume(server.gateway)).map(({ d }) => d.id)).toEqual([id])
      await session.client.close()
    },
  )

  test('[SES-4] a lost connection keeps it', async () => {
    const session = await identified()
    await session.cut()
    await session.resume(server.gateway)
    await session.client.close()
  })

  test('[SES-4] closed with 1000 while Identify was under way, nothing is left', async () => {
    const before = await query(server.dataDir, 'select session_id from session_records')
    for (let n = 0; n < 20; n++) {
      const client = await open()
      client.send({ op: 2, d: { token: bob.token, intents: KNOWN_INTENTS } })
      if (n % 2 === 0) await client.until(({ t }) => t === 'READY')
      await client.close(1000)
    }
    await expect
      .poll(() => query(server.dataDir, 'select session_id from session_records'), { timeout: 10_000 })
      .toEqual(before)
  })
})

describe('what a session is sent', () => {
  test('[SES-1][SES-3] READY, then the guilds that it names, then what happens in them', async () => {
    const carl = await newPerson(server.http, 'carl')
    const guilds = [await newGuild(carl, 'One'), await newGuild(carl, 'Two'), await newGuild(carl, 'Three')]
    const session = await TestSession.identify(server.gateway, carl.token)
    await carl.expect('PATCH', `/guilds/${guilds[1]?.id}`, { name: 'Zwei' })
    await session.until(({ t }) => t === 'GUILD_AUDIT_LOG_ENTRY_CREATE')
    const [ready, ...rest] = session.stream
    expect(ready).toMatchObject({ t: 'READY', s: 1 })
    const ids = guilds.map(({ id }) => id)
    expect(ready?.d.guilds).toEqual(rest.slice(0, 3).map(({ d }) => d))
    expect(rest.map(({ t, s }) => [t, s])).toEqual([
      ...ids.map((_, index) => ['GUILD_CREATE', index + 2]),
      ['GUILD_UPDATE', 5],
      ['GUILD_AUDIT_LOG_ENTRY_CREATE', 6],
    ])
    expect(rest.slice(0, 3).map(({ d }) => d.id)).toEqual(ids)
    await session.client.close()
  })

  test('[SES-3] READY names no guild that is not told of after it, however many come and go meanwhile', async () => {
    const carl = await newPerson(server.http, 'carl')
    const [inviting, leaving] = [await newGuild(ada), await newGuild(ada)]
    await join(ada, carl, leaving.general)
    let going = true
    const busy = [
      async () => ada.expect('DELETE', `/guilds/${(await newGuild(ada)).id}`),
      async () => {
        await ada.expect('DELETE', `/guilds/${leaving.id}/members/${carl.id}`)
        await join(ada, carl, leaving.general)
      },
      async () => {
        await join(ada, carl, inviting.general)
        await carl.expect('DELETE', `/users/@me/guilds/${inviting.id}`)
      },
    ].map(async (work) => {
      while (going) await work()
    })
    try {
      for (let n = 0; n < 60; n++) {
        const session = await TestSession.identify(server.gateway, carl.token)
        const { seq, stream } = session
        for (const { id } of stream[0]?.d.guilds ?? []) {
          expect([inviting.id, leaving.id]).toContain(id)
          await session.until(({ t, d }) => (t === 'GUILD_CREATE' || t === 'GUILD_DELETE') && d.id === id)
        }
        expect(seq).toBeGreaterThan(0)
        await session.client.close()
      }
    } finally {
      going = false
      await Promise.all(busy)
    }
  })

  test('[SES-1][SES-2] typing, presences, one’s own sessions and member chunks repeat the last number', async () => {
    const session = await TestSession.identify(server.gateway, ada.token)
    const other = await identified()
    for (let n = 0; n < 3; n++) {
      await say(bob, `durable ${n}`)
      await bob.expect('POST', `/channels/${guild.general}/typing`)
      other.client.send({
        op: 3,
        d: { status: n % 2 ? 'idle' : 'dnd', activities: [], since: 0, afk: false },
      })
      session.client.send({ op: 8, d: { guild_id: guild.id, query: '', limit: 0 } })
    }
    await say(bob, 'the last')
    await session.until(({ d }) => d.content === 'the last')
    await session.heartbeat()
    expect(session.problems).toEqual([])
    const ephemeral = new Set(session.client.frames.filter(isEphemeral).map(({ t }) => t))
    expect([...ephemeral].sort()).toEqual([
      'GUILD_MEMBERS_CHUNK',
      'PRESENCE_UPDATE',
      'RATE_LIMITED',
      'SESSIONS_REPLACE',
      'TYPING_START',
    ])
    await other.client.close()
    await session.client.close()
  })

  test('[SES-1] everybody gets the same things in the same order, as they were answered', async () => {
    const sessions = await Promise.all(
      [ada, bob, bob].map(({ token }) => TestSession.identify(server.gateway, token)),
    )
    await Promise.all(
      [ada, bob].map(async (who) => {
        for (let n = 0; n < 25; n++) await say(who, `${n}`)
      }),
    )
    await say(ada, 'over')
    const orders = []
    for (const session of sessions) {
      await session.until(({ d }) => d.content === 'over')
      expect(session.problems).toEqual([])
      const messages = session.stream.filter(({ t }) => t === 'MESSAGE_CREATE').map(({ d }) => d)
      orders.push(messages.map(({ id }) => id))
      for (const who of [ada, bob]) {
        const own = messages.filter(({ author, content }) => author.id === who.id && content !== 'over')
        expect(own.map(({ content }) => content)).toEqual(own.map((_, index) => `${index}`))
      }
      await session.client.close()
    }
    expect(orders[0]).toHaveLength(51)
    expect(orders[1]).toEqual(orders[0])
    expect(orders[2]).toEqual(orders[0])
  })

  test("requests about guilds that are not one's own are answered with nothing", async () => {
    const carl = await newPerson(server.http, 'carl')
    const foreign = await newGuild(carl)
    const session = await identified()
    for (const id of [foreign.id, '1', '9223372036854775807'])
      session.client.send({ op: 8, d: { guild_id: id, query: '', limit: 0 } })
    await session.heartbeat()
    expect(session.client.frames.filter(({ t }) => t === 'GUILD_MEMBERS_CHUNK')).toEqual([])
    await session.client.close()
  })
})
