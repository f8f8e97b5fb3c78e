import { expect, test } from 'vitest'
import type { Clock } from '#shared/kernel/clock.ts'
import { asPosition } from '#shared/kernel/ids.ts'
import type { Database } from '#shared/store/database.ts'
import { personalStateAt } from './personal-state.ts'

const PLACES = { since: new Map(), targets: [], conversationIds: [] }

/** How often the state was read, and for how many ms READY waited, with projections that come along after so many reads. */
async function waitFor(behind: number): Promise<{ reads: number; waited: number }> {
  let reads = 0
  let waited = 0
  const pool = { query: async () => ({ rows: [{ is_complete: ++reads > behind }] }) }
  const clock = {
    sleep: async (ms: number) => {
      waited += ms
    },
  }
  const deps = { database: { pool } as unknown as Database, clock: clock as unknown as Clock }
  await personalStateAt(deps, '1', PLACES, asPosition(5))
  return { reads, waited }
}

test.each([
  [0, { reads: 1, waited: 0 }],
  [1, { reads: 2, waited: 20 }],
  [3, { reads: 4, waited: 80 }],
  [Number.POSITIVE_INFINITY, { reads: 9, waited: 2_000 }],
])('[SES-3] with projections that are behind for %d reads', async (behind, expected) => {
  expect(await waitFor(behind)).toEqual(expected)
})
