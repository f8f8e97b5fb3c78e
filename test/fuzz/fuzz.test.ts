import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type TestServer } from '#test/support/server.ts'
import { fuzzRun } from './fuzz-run.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(async () => {
  await server.stop()
})

test('[HTTP-2] whatever comes in: no 5xx, no silence, no effect of what is refused', async () => {
  const problems = await fuzzRun(server, { seed: 1, requests: 5_000, frames: 1_000, print: console.log })
  expect(problems.slice(0, 20)).toEqual([])
}, 300_000)
