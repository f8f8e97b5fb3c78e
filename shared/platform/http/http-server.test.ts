import { Type } from 'typebox'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '#shared/kernel/clock.ts'
import { LostStore } from '#shared/kernel/lost-store.ts'
import { createLogger } from '#shared/platform/logger.ts'
import { Metrics } from '#shared/platform/metrics.ts'
import type { RequestFacts } from '#shared/ports/request-facts.ts'
import { Buckets, endpoint } from './endpoint.ts'
import { createHttpServer } from './http-server.ts'
import { serve } from './serve.ts'

test.for([
  ['a store that is away', new LostStore('away'), 503],
  ['a bug', new Error('a bug'), 500],
] as const)('%s is told to pages of other origins, too', async ([, error, status]) => {
  const http = await createHttpServer({
    logger: createLogger({ service: 'test', level: 'silent' }),
    metrics: new Metrics(),
    clock: systemClock,
    facts: () => Promise.reject(error),
  })
  onTestFinished(() => http.close())
  const route = endpoint({
    method: 'GET',
    path: '/things',
    tag: 'things',
    summary: 'List things',
    access: 'account',
    bucket: Buckets.read,
    schema: { query: Type.Object({}) },
    handle: async () => ({ ok: true, value: [] }),
  })
  serve(http, [route], true)
  const headers = { origin: 'https://chat.example.org', authorization: 'token' }
  const response = await http.inject({ url: '/api/v10/things', headers })
  expect([response.statusCode, response.headers['access-control-allow-origin']]).toEqual([
    status,
    headers.origin,
  ])
})

test('a caller who is refused for what he is counts like any other, and is told how much is left', async () => {
  const caller = { id: '1', bot: false, verified: false }
  const http = await createHttpServer({
    logger: createLogger({ service: 'test', level: 'silent' }),
    metrics: new Metrics(),
    clock: systemClock,
    facts: async () => ({ caller }) as unknown as RequestFacts,
  })
  onTestFinished(() => http.close())
  const route = endpoint({
    method: 'GET',
    path: '/things',
    tag: 'things',
    summary: 'List things',
    access: 'verified',
    bucket: Buckets.search,
    schema: {},
    handle: async () => ({ ok: true, value: [] }),
  })
  serve(http, [route], true)
  const ask = () => http.inject({ url: '/api/v10/things', headers: { authorization: 'token' } })
  for (let left = Buckets.search.limit - 1; left >= 0; left--) {
    const { statusCode, headers } = await ask()
    expect([statusCode, headers['x-ratelimit-remaining']]).toEqual([403, String(left)])
  }
  expect((await ask()).statusCode).toBe(429)
})
