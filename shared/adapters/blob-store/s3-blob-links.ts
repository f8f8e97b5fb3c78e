import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { BlobLinks } from '#shared/ports/blob-store.ts'
import { checkBlobKey } from './blob-key.ts'

/** Presigned URLs. Made without asking S3. */
export class S3BlobLinks implements BlobLinks {
  readonly #client: S3Client
  readonly #bucket: string

  constructor(client: S3Client, bucket: string) {
    this.#client = client
    this.#bucket = bucket
  }

  upload(key: string, file: { size: number; contentType: string; expiresInS: number }): Promise<string> {
    checkBlobKey(key)
    const put = new PutObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      ContentLength: file.size,
      ContentType: file.contentType,
    })
    return getSignedUrl(this.#client, put, {
      expiresIn: file.expiresInS,
      // Unless asked to, it leaves the content type out of the signature.
      signableHeaders: new Set(['host', 'content-length', 'content-type']),
    })
  }

  download(key: string, answer: { disposition: string; expiresInS: number }): Promise<string> {
    checkBlobKey(key)
    const get = new GetObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      ResponseContentDisposition: answer.disposition,
    })
    return getSignedUrl(this.#client, get, { expiresIn: answer.expiresInS })
  }
}
