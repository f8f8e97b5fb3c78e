import { PostgresTimelineStore } from '#shared/adapters/timeline-store/postgres-timeline-store.ts'
import { openPostgresStore } from './postgres-store.ts'
import { timelineStoreContract } from './timeline-store.contract.ts'

timelineStoreContract('Postgres table', async () => {
  const { pool, close } = await openPostgresStore()
  return { timeline: new PostgresTimelineStore(pool), close }
})
