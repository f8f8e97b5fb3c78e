import { once } from 'node:events'
import { get } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Caller, join, newGuild } from '#test/support/people.ts'
import { routeTable } from '#test/support/route-table.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

const PAGE = 'https://chat.example.org'
const REFUSALS = 30
const GLOBAL = 40

let server: TestServer
let ada: Caller
let bob: Caller
let guild: { id: string; general: string }

beforeAll(async () => {
  server = await startServer({
    env: {
      GUILDHALL_RATE_LIMITS: 'on',
      GUILDHALL_RATE_LIMIT_GLOBAL: String(GLOBAL),
      GUILDHALL_RATE_LIMIT_TYPING: '3',
      GUILDHALL_RATE_LIMIT_MESSAGES: '1000',
      GUILDHALL_RATE_LIMIT_READ: '100000',
      GUILDHALL_REFUSALS_MAX: String(REFUSALS),
      GUILDHALL_TRUSTED_PROXIES: '127.0.0.1',
      GUILDHALL_ORIGINS: `${PAGE},http://localhost:5173`,
      GUILDHALL_EMAIL_CONFIRMATION: 'off',
    },
  })
  const person = async (username: string) => {
    const anyone = new Caller(server.http)
    const form = { username, email: `${username}@example.org`, password: 'correct horse battery' }
    return anyone.as((await anyone.expect('POST', '/auth/register', form)).token)
  }
  ada = await person('ada')
  bob = await person('bob')
  guild = await newGuild(ada)
  await join(ada, bob, guild.general)
})
afterAll(() => server.stop())

/** As a browser asks for a page, from an address. */
const ask = (path: string, init: RequestInit = {}, address = '10.1.1.1', origin = PAGE) =>
  fetch(`${server.http}${path}`, {
    ...init,
    headers: { ...init.headers, origin, 'x-forwarded-for': address },
  })

const allowed = (response: Response) => response.headers.get('access-control-allow-origin')

describe('pages of other origins', () => {
  test('are answered a preflight of every route, under every prefix', async () => {
    const asked = 'authorization,content-type,idempotency-key,x-audit-log-reason'
    for (const prefix of ['/api/v10', '/api/v9']) {
      for (const { method, template } of routeTable) {
        const response = await ask(prefix + template.replace(/\{\w+\}/g, '1'), {
          method: 'OPTIONS',
          headers: { 'access-control-request-method': method, 'access-control-request-headers': asked },
        })
        expect([response.status, allowed(response)]).toEqual([204, PAGE])
        expect(response.headers.get('access-control-allow-methods')).toContain(method)
        const headers = response.headers.get('access-control-allow-headers')?.toLowerCase().split(', ')
        expect(headers).toEqual(expect.arrayContaining(asked.split(',')))
      }
    }
  })

  test.for(['/dev/inbox.json', '/%64ev/inbox.json', '/dev/inbox', '/metrics', '/health/ready'])(
    'may not read %s',
    async (path) => {
      const response = await ask(path)
      expect([response.status, allowed(response)]).toEqual([200, null])
    },
  )

  test('may not read mails under their own name, led here', async () => {
    const asked = get(`${server.http}/dev/inbox.json`, { headers: { host: 'rebound.example.com' } })
    const [response] = await once(asked, 'response')
    response.resume()
    expect(response.statusCode).toBe(403)
  })

  test.for([
    ['/api/v10/gateway', 200],
    ['/api/v10/users/@me', 401],
    ['/api/v10/nothing', 404],
    ['/avatars/1/00000000000000000000000000000000.png', 404],
    ['/emojis/1.png', 404],
    ['/attachments/1/1/a.txt', 404],
  ] as const)('may read the answer of %s', async ([path, status]) => {
    const response = await ask(path)
    expect([response.status, allowed(response)]).toEqual([status, PAGE])
    const exposed = response.headers.get('access-control-expose-headers')
    for (const name of ['Retry-After', 'X-RateLimit-Remaining', 'X-RateLimit-Global', 'Idempotency-Replayed'])
      expect(exposed).toContain(name)
  })

  test('may not when they are none of those that the settings name', async () => {
    expect(allowed(await ask('/api/v10/gateway', {}, '10.1.1.1', 'http://localhost:5173'))).toBe(
      'http://localhost:5173',
    )
    for (const origin of ['https://evil.example', 'http://chat.example.org', `${PAGE}.evil.example`, 'null'])
      expect([origin, allowed(await ask('/api/v10/gateway', {}, '10.1.1.1', origin))]).toEqual([origin, null])
  })
})

describe('rate limits', () => {
  test('[HTTP-4] are as large as the settings say', async () => {
    const { headers } = await ada.request('POST', `/channels/${guild.general}/typing`)
    expect(headers.get('x-ratelimit-limit')).toBe('3')
  })

  test('[HTTP-4] hold for all requests of a caller together', async () => {
    const all = await Promise.all(
      Array.from({ length: 8 * GLOBAL }, () => ask('/api/v10/gateway', {}, '10.2.2.2')),
    )
    const refused = all.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(0)
    for (const response of refused) {
      const header = (name: string) => response.headers.get(name)
      expect(['x-ratelimit-global', 'x-ratelimit-scope', 'retry-after'].map(header)).toEqual([
        'true',
        'global',
        expect.any(String),
      ])
      expect(allowed(response)).toBe(PAGE)
      expect(await response.json()).toMatchObject({ code: 0, global: true, retry_after: expect.any(Number) })
    }
  })

  test('[HTTP-8] who is refused too often is shut out, by his address alone', async () => {
    const statuses = new Set<number>()
    for (let n = 0; n < 2 * REFUSALS && !statuses.has(429); n++)
      statuses.add((await ask('/api/v10/users/@me', {}, '10.3.3.3')).status)
    expect([...statuses]).toEqual([401, 429])
    const shut = await ask('/api/v10/gateway', {}, '10.3.3.3')
    expect([shut.status, allowed(shut), Number(shut.headers.get('retry-after'))]).toEqual([
      429,
      PAGE,
      expect.any(Number),
    ])
    expect(Number(shut.headers.get('retry-after'))).toBeGreaterThan(500)
    expect((await ask('/api/v10/gateway', {}, '10.3.3.4')).status).toBe(200)
    expect((await ask('/health/live', {}, '10.3.3.3')).status).toBe(200)
  })

  test('[HTTP-8] slow mode shuts nobody out', async () => {
    const path = `/channels/${guild.general}/messages`
    await ada.expect('PATCH', `/channels/${guild.general}`, { rate_limit_per_user: 600 })
    const headers = { 'x-forwarded-for': '10.4.4.4' }
    const say = () => bob.request('POST', path, { content: 'x' }, headers)
    expect((await say()).status).toBe(200)
    for (let n = 0; n <= REFUSALS; n++) {
      const { status, body, headers: told } = await say()
      // Fast ones may reach the limit of all requests together.
      if (body.global) continue
      expect([status, body.code, told.get('x-ratelimit-scope')]).toEqual([429, 20016, 'shared'])
    }
    expect((await bob.request('GET', '/users/@me', undefined, headers)).status).not.toBe(429)
  })
})
