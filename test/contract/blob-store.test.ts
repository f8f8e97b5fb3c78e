import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DiskBlobStore } from '#shared/adapters/blob-store/disk-blob-store.ts'
import { blobStoreContract } from './blob-store.contract.ts'

blobStoreContract('disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'guildhall-blobs-'))
  return { blobs: new DiskBlobStore(folder), close: () => rm(folder, { recursive: true }) }
})
