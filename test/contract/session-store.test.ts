import { PostgresSessionStore } from '#shared/adapters/session-store/postgres-session-store.ts'
import { ManualClock } from './manual-clock.ts'
import { openPostgresStore } from './postgres-store.ts'
import { sessionStoreContract } from './session-store.contract.ts'

sessionStoreContract('Postgres table', async () => {
  const { pool, close } = await openPostgresStore()
  const clock = new ManualClock()
  const windowMs = 120_000
  const open = () => new PostgresSessionStore(pool, clock, windowMs)
  return { sessions: open(), elsewhere: open(), clock, windowMs, close }
})
