import {
  type CompiledQuery,
  type Dialect,
  type Driver,
  PostgresAdapter,
  type QueryCompiler,
  type TransactionSettings,
} from 'kysely'
import { type Client, Connection } from './connection.ts'

/** Kysely without SQL: queries stay the trees that they are. */
export function simulatedDialect(client: Client): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => driver(client),
    createIntrospector: () => {
      throw new Error('the simulated Postgres is not introspected')
    },
    createQueryCompiler: () => compiler,
  }
}

const compiler: QueryCompiler = {
  compileQuery: (query, queryId): CompiledQuery => ({ query, queryId, sql: '', parameters: [] }),
}

const driver = (client: Client): Driver => ({
  init: async () => {},
  destroy: async () => {},
  acquireConnection: async () => new Connection(client),
  beginTransaction: (connection, settings) => (connection as Connection).begin(settingsOf(settings)),
  commitTransaction: (connection) => (connection as Connection).commit(),
  rollbackTransaction: (connection) => (connection as Connection).rollback(),
  releaseConnection: async (connection) => (connection as Connection).release(),
})

function settingsOf({ isolationLevel = 'read committed', accessMode }: TransactionSettings) {
  if (isolationLevel !== 'read committed' && isolationLevel !== 'repeatable read')
    throw new Error(`the simulated Postgres does not know isolation level ${isolationLevel}`)
  return { repeatableRead: isolationLevel === 'repeatable read', readOnly: accessMode === 'read only' }
}
