import { once } from 'node:events'
import { request } from 'node:http'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { Client, Events, GatewayIntentBits, type TextChannel } from 'discord.js'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import WebSocket from 'ws'
import { apiRoutes } from '#services/api/routes.ts'
import { authRoutes } from '#services/auth/routes.ts'
import { sendBytes } from '#test/fuzz/send.ts'
import { emitted } from '#test/support/emitted.ts'
import { GatewayClient } from '#test/support/gateway-client.ts'
import { parametersOf } from '#test/support/ledger.ts'
import { Caller, newBot, newGuild } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

let server: TestServer
let anyone: Caller
let ada: Caller
let guild: { id: string; general: string }
let bot: { token: string }

beforeAll(async () => {
  server = await startServer({
    env: {
      GUILDHALL_RATE_LIMITS: 'on',
      GUILDHALL_RATE_LIMIT_GLOBAL: '1000',
      GUILDHALL_RATE_LIMIT_REACTIONS: '2',
      GUILDHALL_EMAIL_CONFIRMATION: 'off',
    },
  })
  anyone = new Caller(server.http)
  const account = { username: 'ada', email: 'ada@example.org', password: 'correct horse battery' }
  const registered = await anyone.expect('POST', '/auth/register', account)
  expect(registered).toEqual({ token: expect.any(String), show_verification_form: false })
  ada = anyone.as(registered.token)
  guild = await newGuild(ada)
  bot = await newBot(ada, guild.id)
})
afterAll(() => server.stop())

const get = (path: string, init?: RequestInit) => fetch(server.http + path, init)

test('without e-mail confirmation an account serves at once, and no mail is sent', async () => {
  expect(await ada.expect('GET', '/users/@me')).toMatchObject({ username: 'ada', verified: true })
  expect(await (await get('/dev/inbox.json')).json()).toEqual([])
  const socket = await GatewayClient.enter(server.gateway, ada.authorization as string)
  await socket.close()
})

describe('rate limits', () => {
  test('[HTTP-4] a limited route tells limit, remaining, reset and bucket; the major parameter splits it', async () => {
    const limits = async (path: string) => {
      const { headers } = await ada.request('POST', path)
      const header = (name: string) => headers.get(`x-ratelimit-${name}`)
      return {
        limit: Number(header('limit')),
        remaining: Number(header('remaining')),
        bucket: header('bucket'),
        reset: Number(header('reset')),
        after: Number(header('reset-after')),
      }
    }
    const { id } = await ada.expect('POST', `/guilds/${guild.id}/channels`, { name: 'other' })
    const first = await limits(`/channels/${guild.general}/typing`)
    const second = await limits(`/channels/${guild.general}/typing`)
    const elsewhere = await limits(`/channels/${id}/typing`)
    expect(first.limit).toBe(5)
    expect([first.remaining, second.remaining, elsewhere.remaining]).toEqual([4, 3, 4])
    expect(first.bucket).toMatch(/^[0-9a-f]{8,}$/)
    expect([second.bucket, elsewhere.bucket]).toEqual([first.bucket, first.bucket])
    expect(first.after).toBeGreaterThan(0)
    expect(first.after).toBeLessThanOrEqual(5)
    expect(Math.abs(first.reset - first.after - Date.now() / 1_000)).toBeLessThan(5)
    const { headers } = await ada.request('GET', '/users/@me')
    expect(headers.get('x-ratelimit-bucket')).not.toBe(first.bucket)
  })

  test('[HTTP-4] beyond the limit: 429 with Retry-After and retry_after, which discord.js survives', async () => {
    const client = new Client({
      rest: { api: `${server.http}/api` },
      intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages],
    })
    onTestFinished(() => client.destroy())
    const ready = emitted(client, Events.ClientReady)
    await client.login(bot.token)
    await ready
    const channel = client.channels.cache.get(guild.general) as TextChannel
    const message = await channel.send('react to this')
    const statuses: number[] = []
    client.rest.on('response', (_, { status }) => statuses.push(status))
    await message.react('👍')

    const raw = anyone.as(`Bot ${bot.token}`)
    const path = `/channels/${guild.general}/messages/${message.id}/reactions/👍/@me`
    const answers: Awaited<ReturnType<Caller['request']>>[] = []
    // A free place comes every 1.25 s: on a slow machine the library may happen to get it.
    for (let n = 0; n < 5 && !statuses.includes(429); n++) {
      answers.push(...(await Promise.all(Array.from({ length: 20 }, () => raw.request('PUT', path)))))
      await message.react('👍')
    }
    expect(statuses.slice(-2)).toEqual([429, 204])
    const limited = answers.filter(({ status }) => status === 429)
    expect(limited.length).toBeGreaterThan(5)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204, 429]))
    for (const { body, headers } of limited) {
      expect(body).toEqual({
        message: expect.any(String),
        retry_after: expect.any(Number),
        global: false,
        code: 0,
      })
      expect(body.retry_after).toBeGreaterThan(0)
      expect(body.retry_after).toBeLessThanOrEqual(5)
      expect(Number(headers.get('retry-after'))).toBe(Math.max(1, Math.ceil(body.retry_after)))
      expect(headers.get('x-ratelimit-scope')).toBe('user')
      expect(headers.get('x-ratelimit-remaining')).toBe('0')
      expect(headers.get('content-type')).toBe('application/json')
    }
  })
})

describe('browsers', () => {
  test('are answered a preflight', async () => {
    const response = await get(`/api/v10/channels/${guild.general}/messages`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example.org',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,x-audit-log-reason',
      },
    })
    expect(response.status).toBe(204)
    const header = (name: string) => response.headers.get(`access-control-${name}`)
    expect(header('allow-origin')).toBe('https://app.example.org')
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
      expect(header('allow-methods')).toContain(method)
    for (const name of ['Authorization', 'Content-Type', 'X-Audit-Log-Reason'])
      expect(header('allow-headers')).toContain(name)
    expect(Number(header('max-age'))).toBeGreaterThan(0)
  })

  test('are answered without the headers of a preflight, too', async () => {
    const response = await get('/api/v10/users/@me', { method: 'OPTIONS' })
    expect([response.status, await response.text()]).toEqual([204, ''])
  })

  test.for([
    ['/api/v10/gateway', 200],
    ['/api/v10/users/@me', 401],
    ['/api/v10/nothing', 404],
  ] as const)('may read the answer of %s', async ([path, status]) => {
    const response = await get(path, { headers: { origin: 'https://app.example.org' } })
    expect(response.status).toBe(status)
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example.org')
    const exposed = response.headers.get('access-control-expose-headers')
    for (const name of ['Retry-After', 'X-RateLimit-Remaining', 'X-RateLimit-Bucket'])
      expect(exposed).toContain(name)
  })
})

describe('[HTTP-2] what is no request of the interface', () => {
  test.for([
    ['a header without a colon', 'GET /api/v10/users/@me HTTP/1.1\r\nhost: x\r\nno colon\r\n\r\n'],
    ['headers without end', `GET /api/v10/gateway HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`],
    ['a letter that no URL has', 'GET /api/v10/caf\u00e9 HTTP/1.1\r\nhost: x\r\n\r\n'],
    [
      'a body that is announced as too large, and does not come',
      'POST /api/v10/auth/login HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 2000000000\r\n\r\n{}',
    ],
  ])('%s, is refused as all else is', async ([, bytes]) => {
    const answer = await sendBytes(server.http, Buffer.from(bytes as string, 'latin1'))
    expect(answer).toMatch(
      /^HTTP\/1\.1 4\d\d .*content-type: application\/json\r\n.*\r\n\r\n\{"code":\d+,"message":"/s,
    )
  })
})

describe('[HTTP-9] a large body', () => {
  /** Announces so much, and sends nothing of it until there is an answer. */
  const announce = (path: string, authorization: string | undefined, headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      const body = { 'content-type': 'application/json', ...headers, ...(authorization && { authorization }) }
      const sent = request(`${server.http}/api/v10${path}`, { method: 'POST', headers: body })
      sent.once('response', ({ statusCode = 0 }) => {
        resolve(statusCode)
        sent.destroy()
      })
      sent.once('error', reject)
      sent.flushHeaders()
    })
  const LARGE = { 'content-length': String(20 * 1024 * 1024) }

  test.each([
    ['without a token', undefined, LARGE],
    ['with a wrong one', 'wrong', LARGE],
    ['with a wrong one and no length', 'wrong', { 'transfer-encoding': 'chunked' }],
    ['with a wrong one, as a form', 'wrong', { ...LARGE, 'content-type': 'multipart/form-data; boundary=x' }],
  ])('%s is not read', async (_, token, headers) => {
    expect(await announce(`/channels/${guild.general}/messages`, token, headers)).toBe(401)
  })

  test('of who is over his limit is not read', async () => {
    const own = await newGuild(ada)
    const path = `/channels/${own.general}/messages`
    const answers = Array.from({ length: 12 }, () => announce(path, ada.authorization, LARGE))
    expect(await Promise.race(answers)).toBe(429)
    for (const answer of answers) answer.catch(() => {})
  })

  test('is counted once, and who sent it all hears what is wrong with it', async () => {
    const left: number[] = []
    for (const token of [undefined, 'wrong', ada.authorization]) {
      for (const connection of ['keep-alive', 'close']) {
        const response = await get('/api/v10/guilds', {
          method: 'POST',
          headers: { 'content-type': 'application/json', connection, ...(token && { authorization: token }) },
          body: JSON.stringify({ name: 'x'.repeat(5 * 1024 * 1024) }),
        })
        expect([response.status, await response.json()]).toMatchObject(
          token === ada.authorization ? [400, { code: 50035 }] : [401, { code: 0 }],
        )
        if (token === ada.authorization) left.push(Number(response.headers.get('x-ratelimit-remaining')))
      }
    }
    expect((left[0] as number) - (left[1] as number)).toBeLessThanOrEqual(1)
  })
})

describe('the gateway', () => {
  test('is where /gateway says, under every prefix', async () => {
    for (const prefix of ['/api/v10', '/api/v9', '/api']) {
      const { url } = (await (await get(`${prefix}/gateway`)).json()) as { url: string }
      expect(url).toBe(server.gateway)
    }
    const socket = await GatewayClient.open(server.gateway)
    await socket.close()
  })

  test('and all else is where the discovery document says', async () => {
    expect(await (await get('/.well-known/guildhall/client')).json()).toEqual({
      api: { baseUrl: `${server.http}/api`, apiVersions: { default: '10', active: ['9', '10'] } },
      cdn: { baseUrl: server.http },
      gateway: {
        baseUrl: server.gateway,
        encoding: ['json'],
        compression: ['zlib-stream', 'zstd-stream'],
      },
    })
  })

  test.for(['', '/', '/gateway', '/gateway/'])('answers on "%s", also for version 9', async (path) => {
    for (const version of ['9', '10']) {
      const socket = new WebSocket(`${server.gateway}${path}?v=${version}&encoding=json`)
      const [hello] = await once(socket, 'message')
      expect(JSON.parse(String(hello))).toMatchObject({
        op: 10,
        d: { heartbeat_interval: expect.any(Number) },
      })
      socket.close()
      await once(socket, 'close')
    }
  })

  test('answers a plain request with 404 and closes', async () => {
    for (const path of ['/', '/gateway', '/other']) {
      const response = await fetch(server.gateway.replace('ws:', 'http:') + path)
      expect([response.status, response.headers.get('connection')]).toEqual([404, 'close'])
    }
  })
})

describe('pages', () => {
  test('health and metrics', async () => {
    for (const [path, status] of [
      ['/health/live', 'live'],
      ['/health/ready', 'ready'],
    ] as const) {
      const response = await get(path)
      expect([response.status, await response.json()]).toEqual([200, { status }])
    }
    const metrics = await get('/metrics')
    expect(metrics.headers.get('content-type')).toMatch('text/plain')
    const text = await metrics.text()
    expect(text).toMatch(/^guildhall_gateway_connections \d/m)
    expect(text).toMatch(/route="\/api\/v10\/users\/@me"/)
  })

  test.for(['/', '/docs', '/docs/', '/verify', '/dev/inbox'])(
    '%s loads, with what it refers to',
    async (path) => {
      const response = await get(path)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toMatch('text/html')
      const html = await response.text()
      const links = [...html.matchAll(/(?:src|href)="([^"#:]+)"/g)].map(([, link]) => link as string)
      for (const link of links) {
        const { status } = await fetch(new URL(link, response.url))
        expect([link, status]).toEqual([link, 200])
      }
    },
  )

  test('what is not there is told in the error body', async () => {
    for (const path of ['/api/v10/nothing', '/nothing', '/api/v8/gateway']) {
      const response = await get(path)
      expect([response.status, await response.json()]).toEqual([404, { code: 0, message: '404: Not Found' }])
    }
  })
})

describe('OpenAPI', () => {
  interface Operation {
    summary?: string
    tags?: string[]
    parameters?: { name: string; in: string; required?: boolean; schema: object }[]
    requestBody?: { content: Record<string, { schema: object }> }
    responses: Record<string, { description: string }>
  }

  test('lists every route, in the shape of 3.1', async () => {
    const document = await anyone.expect('GET', '/openapi.json')
    expect(document.openapi).toMatch(/^3\.1\./)
    expect(document.info).toMatchObject({ title: 'Guildhall', version: '10' })
    const deps = {} as never
    const served = [...apiRoutes(deps), ...authRoutes(deps)].map(
      ({ method, path }) => `${method} /api/v10${path.replace(/:(\w+)/g, '{$1}')}`,
    )
    const operations = Object.entries(document.paths as Record<string, Record<string, Operation>>).flatMap(
      ([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
    )
    const listed = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`)
    expect(listed.sort()).toEqual(served.sort())

    const ajv = new Ajv2020({ strict: false, logger: false, formats: { snowflake: true, date: true } })
    for (const { method, path, operation } of operations) {
      expect([method, path, operation.summary, operation.tags]).toEqual([
        method,
        path,
        expect.any(String),
        [expect.any(String)],
      ])
      const parameters = operation.parameters ?? []
      const inPath = parameters.filter((parameter) => parameter.in === 'path')
      expect(inPath.map(({ name, required }) => [`{${name}}`, required])).toEqual(
        parametersOf(path).map((name) => [name, true]),
      )
      const bodies = Object.values(operation.requestBody?.content ?? {})
      for (const { schema } of [...parameters, ...bodies]) expect(ajv.validateSchema(schema)).toBe(true)
      expect(Object.keys(operation.responses).length).toBeGreaterThan(0)
      for (const { description } of Object.values(operation.responses))
        expect(description).toEqual(expect.any(String))
    }
  })
})
