import { PostgresPendingUploads } from '#shared/adapters/pending-uploads/postgres-pending-uploads.ts'
import { pendingUploadsContract } from './pending-uploads.contract.ts'
import { openPostgresStore } from './postgres-store.ts'

pendingUploadsContract('Postgres table', async () => {
  const { pool, close } = await openPostgresStore()
  return { keptFor: (seconds) => new PostgresPendingUploads(pool, seconds), close }
})
