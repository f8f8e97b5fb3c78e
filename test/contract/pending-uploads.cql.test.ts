import { CqlPendingUploads } from '#shared/adapters/pending-uploads/cql-pending-uploads.ts'
import { cqlDescribe, openTestKeyspace } from './cql-server.ts'
import { pendingUploadsContract } from './pending-uploads.contract.ts'

cqlDescribe.run(cqlDescribe.title('CQL'), () => {
  pendingUploadsContract('CQL', async () => {
    const { cql, close } = await openTestKeyspace()
    return { keptFor: (seconds) => new CqlPendingUploads(cql, seconds), close }
  })
})
