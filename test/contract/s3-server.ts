import { randomBytes } from 'node:crypto'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3'
import { describe } from 'vitest'
import type { S3Options } from '#shared/adapters/blob-store/s3-blob-store.ts'

const { S3_ENDPOINT, S3_REGION = 'us-east-1', S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = process.env

/** Where a suite runs on the server that the environment names, or is skipped with the reason. */
export const s3Describe = {
  title: (name: string) => (S3_ENDPOINT ? name : `${name} — skipped: S3_ENDPOINT is not set`),
  run: describe.skipIf(!S3_ENDPOINT),
}

/** The server is shared and keeps its data: each suite has a bucket of its own, which `close` removes. */
export async function openTestBucket(): Promise<{
  options: S3Options
  /** The keys of uploads that were begun and neither completed nor aborted. */
  begunUploads(): Promise<(string | undefined)[]>
  close(): Promise<void>
}> {
  const credentials = { accessKeyId: S3_ACCESS_KEY_ID ?? '', secretAccessKey: S3_SECRET_ACCESS_KEY ?? '' }
  const server = {
    endpoint: S3_ENDPOINT as string,
    region: S3_REGION,
    credentials,
  }
  const client = new S3Client({
    ...server,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  })
  const bucket = `test-${randomBytes(6).toString('hex')}`
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  return {
    options: { ...server, bucket, pathStyle: true },
    async begunUploads() {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
      return Uploads.map(({ Key }) => Key)
    },
    async close() {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }))
      for (const { Key } of Contents) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }))
      await client.send(new DeleteBucketCommand({ Bucket: bucket }))
      client.destroy()
    },
  }
}
