import { expect, test } from 'vitest'
import { newSeed } from '#test/support/random-operations.ts'
import { chaosRun } from './chaos-run.ts'

test('[RES-1][RES-3] rolling restarts of gateways, api and auth lose no event, no session and no request', async () => {
  const seed = newSeed('rolling restarts')
  const { violations, ...summary } = await chaosRun({
    seed,
    killMs: 0,
    rolling: 5,
    pauseMs: 200,
    print: () => {},
  })
  console.log(summary)
  expect(violations).toEqual([])
  expect(summary.badExits).toEqual([])
  expect(summary.sessions.reconnects).toBeGreaterThan(0)
}, 400_000)
