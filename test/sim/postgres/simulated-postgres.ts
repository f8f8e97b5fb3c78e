import { Kysely } from 'kysely'
import type pg from 'pg'
import type { DB } from '#db/generated-types.ts'
import type { Database } from '#shared/store/database.ts'
import { type Client, Connection, type PostgresHost } from './connection.ts'
import { simulatedDialect } from './dialect.ts'
import { Store } from './store.ts'
import type { Row } from './values.ts'

export type { PostgresHost } from './connection.ts'

/** A Postgres server in memory, for one world: it knows the statements of the product, and throws at others. */
export class SimulatedPostgres {
  readonly #store: Store

  /** @param options.now the server's clock, in ms since the Unix epoch */
  constructor(options: { readonly now: () => number }) {
    this.#store = new Store(options.now)
    this.insert('instance_secrets', { name: 'links', value: 'simulated' })
  }

  /** A process connects. `kill` ends it: its transactions roll back, and it hears no more. */
  connect(host: PostgresHost): { readonly database: Database; kill(): void } {
    const client: Client = { store: this.#store, host, connections: new Set(), killed: false }
    const db = new Kysely<DB>({ dialect: simulatedDialect(client) })
    const close = async () => {}
    return {
      database: { db, pool: poolOf(client), close },
      kill() {
        client.killed = true
        for (const connection of client.connections) connection.lose()
      },
    }
  }

  /** The committed rows of a table, as the pg driver gives them. */
  rows(table: string): Row[] {
    return [...this.#store.table(table).rows()]
  }

  /** Adds a row at once, for a world that begins. */
  insert(name: string, values: Row): void {
    const table = this.#store.table(name)
    const row = table.complete(values, this.#store.now())
    this.#store.commit(new Map([[table, new Map([[table.key(row), row]])]]))
  }

  /** Rows that somebody has locked: none when a world is at rest. */
  get locked(): number {
    return this.#store.locks.count
  }

  /** Transactions that wait for such a row. */
  get waiting(): number {
    return this.#store.locks.waiters
  }
}

/** The part of a pool that the product uses. */
function poolOf(client: Client): pg.Pool {
  const query = async (
    statement: string | { readonly text: string; readonly values?: readonly unknown[] },
    values: readonly unknown[] = [],
  ) => {
    const connection = new Connection(client)
    try {
      const { text, values: given = values } = typeof statement === 'string' ? { text: statement } : statement
      const { rows, count } = await connection.query(text, given)
      return { rows, rowCount: count }
    } finally {
      connection.release()
    }
  }
  return { query } as unknown as pg.Pool
}
