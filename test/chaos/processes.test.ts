import { expect, test } from 'vitest'
import { newSeed } from '#test/support/random-operations.ts'
import { chaosRun } from './chaos-run.ts'

const KILLED_MS = 60_000

test('[LOG-10][OUT-5][RES-3][PRJ-4] nothing is lost, doubled or out of order while api, gateway, relay and indexer are killed', async () => {
  const seed = newSeed('chaos')
  const { violations, ...summary } = await chaosRun({
    seed,
    killMs: KILLED_MS,
    rolling: 0,
    pauseMs: 200,
    print: () => {},
  })
  console.log(summary)
  expect(violations).toEqual([])
  expect(Object.keys(summary.kills).length).toBeGreaterThan(2)
}, 240_000)
