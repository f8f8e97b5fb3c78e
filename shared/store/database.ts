import { Kysely, PostgresDialect, type Transaction } from 'kysely'
import pg from 'pg'
import type { DB } from '#db/generated-types.ts'

export type Db = Kysely<DB>
export type Tx = Transaction<DB>

/** Two ways to one pool: `db` for statements that the compiler checks, `pool` for the hot, prepared ones. */
export interface Database {
  readonly db: Db
  readonly pool: pg.Pool
  close(): Promise<void>
}

/** How long a statement waits for a connection: with what else it waits for, below the 15 s of libraries. */
const CONNECT_MS = 10_000

export function openDatabase(
  url: string,
  options: { max: number; onTrouble: (error: unknown) => void },
): Database {
  const pool = new pg.Pool({ connectionString: url, max: options.max, connectionTimeoutMillis: CONNECT_MS })
  let closing = false
  // Connections are still being taken down when `end` resolves: what they say then is no trouble.
  pool.on('error', (error) => {
    if (!closing) options.onTrouble(error)
  })
  const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) })
  const close = async () => {
    closing = true
    await db.destroy()
  }
  return { db, pool, close }
}

/** In words for a health page; undefined: it answers. */
export async function whyAway({ pool }: Database): Promise<string | undefined> {
  return pool.query('select 1').then(
    () => undefined,
    () => 'the database is away',
  )
}
