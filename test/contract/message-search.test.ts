import { PostgresMessageSearch } from '#shared/adapters/message-search/postgres-message-search.ts'
import { messageSearchContract } from './message-search.contract.ts'
import { openPostgresStore } from './postgres-store.ts'

messageSearchContract('Postgres full text', async () => {
  const { pool, close } = await openPostgresStore()
  return { search: new PostgresMessageSearch(pool), caughtUp: async () => {}, close }
})
