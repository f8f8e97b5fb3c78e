import { expect, test } from 'vitest'
import { newSeed } from '#test/support/random-operations.ts'
import { storeFaultsRun } from './store-faults-run.ts'

// All of them take too long here: test/chaos/stores-main.ts does it.
const STORES = ['nats', 'postgres'] as const
const { STACK } = process.env

test.skipIf(!STACK)(
  `[LOG-10][HTTP-2] killed NATS and Postgres: a clear answer while they are down, everything again after${STACK ? '' : ' — skipped: STACK is not set'}`,
  async () => {
    const seed = newSeed('killed stores')
    const { problems } = await storeFaultsRun({
      stores: STORES,
      seed,
      print: (line) => !line.startsWith('  ') && console.log(line),
    })
    expect(problems).toEqual([])
  },
  300_000,
)
