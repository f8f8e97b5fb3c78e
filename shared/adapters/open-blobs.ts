import type { ConfigOf } from '#config/schema.ts'
import type { BlobStore } from '#shared/ports/blob-store.ts'
import { S3BlobStore } from './blob-store/s3-blob-store.ts'

/** The files of a cluster. */
export function openBlobs(
  config: ConfigOf<'api'>['s3'],
  service: { onStop(step: () => unknown): void },
): BlobStore {
  const blobs = new S3BlobStore({
    bucket: config.bucket,
    region: config.region,
    endpoint: config.endpoint ?? undefined,
    publicEndpoint: config.publicEndpoint ?? undefined,
    pathStyle: config.forcePathStyle === 'true',
    credentials: { accessKeyId: config.accessKeyId, secretAccessKey: config.secretAccessKey.reveal() },
  })
  service.onStop(() => blobs.close())
  return blobs
}
