import { expect } from 'vitest'
import { migratePostgres } from '#db/migrate.ts'
import { type Database, openDatabase } from '#shared/store/database.ts'
import { createDatabase } from '#test/support/database.ts'
import { SimulatedPostgres } from './simulated-postgres.ts'

/** A Postgres on which tests run transactions at once. */
export interface Server extends Database {
  /** Resolves once so many statements wait for a lock. */
  waiting(count: number): Promise<void>
}

export async function realServer(): Promise<Server> {
  const { url, drop } = await createDatabase()
  await migratePostgres(url)
  const { db, pool, close } = openDatabase(url, { max: 6, onTrouble: () => {} })
  const waiting = (count: number) =>
    expect
      .poll(async () => {
        const { rows } = await pool.query(
          `select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
        )
        return rows.length
      })
      .toBe(count)
  return { db, pool, waiting, close: () => close().then(drop) }
}

export async function simulatedServer(): Promise<Server> {
  const server = new SimulatedPostgres({ now: () => 1_700_000_000_000 })
  const { database } = server.connect({ roundTrip: (_, run) => run() })
  const waiting = async (count: number) => {
    // Whatever was sent has arrived after a few turns.
    for (let turn = 0; turn < 50; turn++) await null
    expect(server.waiting).toBe(count)
  }
  return { ...database, waiting }
}
