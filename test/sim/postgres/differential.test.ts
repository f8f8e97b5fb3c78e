import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migratePostgres } from '#db/migrate.ts'
import { systemClock } from '#shared/kernel/clock.ts'
import { openDatabase } from '#shared/store/database.ts'
import { createDatabase } from '#test/support/database.ts'
import { newSeed, seededRandom } from '#test/support/random-operations.ts'
import { endpointCalls, type Step } from './endpoint-calls.ts'
import { Known } from './known.ts'
import { readSchema } from './schema.ts'
import { seedBot, seedPerson } from './seed.ts'
import { openSide, type Side, tokenOf } from './side.ts'
import { SimulatedPostgres } from './simulated-postgres.ts'
import { storeCalls } from './store-calls.ts'

const STEPS = 300
const PEOPLE = ['1001', '1002', '1003', '1004']
const BOT = '1005'
const TABLES = [...readSchema().keys()].filter((name) => name !== 'instance_secrets')
const SEEDED = ['users', 'applications', 'tokens']

let real: Side
let simulated: Side
let close: () => Promise<void>
const server = new SimulatedPostgres({ now: () => Date.now() })

beforeAll(async () => {
  const { url, drop } = await createDatabase()
  await migratePostgres(url)
  const database = openDatabase(url, { max: 4, onTrouble: () => {} })
  const client = server.connect({ roundTrip: (_, run) => run() })
  for (const id of PEOPLE) seedPerson(server, id, `user-${id}`, tokenOf(id))
  seedBot(server, BOT, 'bot', tokenOf(BOT), { ownerId: '1001', flags: 0 })
  for (const table of SEEDED) {
    for (const row of server.rows(table))
      await database.db
        .insertInto(table as 'users')
        .values(row as never)
        .execute()
  }
  real = await openSide(database, systemClock)
  simulated = await openSide(client.database, systemClock)
  close = async () => {
    await database.close()
    await drop()
  }
})

afterAll(() => close())

describe('the simulated Postgres', () => {
  test('answers a random sequence of store calls as the real one does, and holds the same rows', async () => {
    const known = new Known(seededRandom(newSeed('simulated Postgres')), PEOPLE, BOT)
    const makes = [...endpointCalls(known), ...storeCalls(known)].flatMap(([weight, make]) =>
      Array.from({ length: weight }, () => make),
    )
    const done: string[] = []
    let step = known.one(makes)()
    for (let count = 0; count < STEPS; count++) {
      // Repeats take over what a failed create had taken.
      if (!known.chance(0.1)) step = known.one(makes)()
      // Rows lie elsewhere afterwards and are read by other plans; that may change no answer.
      if (count % 50 === 0) await real.database.pool.query('vacuum analyze')
      const [expected, found] = [await outcome(real, step), await outcome(simulated, step)]
      done.push(`${step.name} → ${expected}`)
      expect(found, done.slice(-5).join('\n')).toBe(expected)
      if (expected.startsWith('{"ok":true')) step.made?.(/"id":"(#\d+)"/.exec(expected)?.[1] ?? '')
    }
    for (const table of TABLES) {
      const rows = (await real.database.pool.query(`select * from ${table}`)).rows
      expect(lines(simulated, server.rows(table)), table).toEqual(lines(real, rows))
    }
    expect(lines(simulated, simulated.log.events)).toEqual(lines(real, real.log.events))
    expect(server.locked).toBe(0)
  })
})

const lines = (side: Side, values: readonly unknown[]): string[] =>
  values.map((value) => side.names.readable(value)).sort()

async function outcome(side: Side, { run }: Step): Promise<string> {
  try {
    return side.names.answered((await run(side)) ?? null)
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    return `${code ?? message}`
  }
}
