import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { LostStore } from '#shared/kernel/lost-store.ts'
import type { Blob, BlobStore } from '#shared/ports/blob-store.ts'
import { checkBlobKey } from './blob-key.ts'
import { S3BlobLinks } from './s3-blob-links.ts'

export interface S3Options {
  readonly bucket: string
  readonly region: string
  /** Absent: that of AWS for the region. */
  readonly endpoint?: string | undefined
  /** What links for clients begin with, where they reach S3 by another address than we do. */
  readonly publicEndpoint?: string | undefined
  /** `https://host/bucket/key` instead of `https://bucket.host/key`. */
  readonly pathStyle: boolean
  /** Absent: those that the AWS SDK finds (environment, files, the role of the machine or of the pod). */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined
  /** Bytes of a part; larger bodies are sent in several. S3 wants 5 MiB at least. */
  readonly partSize?: number
}

const PART_SIZE = 8 << 20
/** S3 makes `application/octet-stream` of no content type, so that it has to be told from a given one. */
const NO_TYPE = 'application/octet-stream; untyped=1'

/**
 * Blobs as objects of a bucket. What S3 refuses or fails at three times throws, and so does its absence. A missing
 * object is only told from a forbidden one if we may list the bucket.
 */
export class S3BlobStore implements BlobStore {
  readonly links: S3BlobLinks
  readonly #client: S3Client
  readonly #linkClient: S3Client
  readonly #bucket: string
  readonly #partSize: number

  constructor(options: S3Options) {
    this.#bucket = options.bucket
    this.#partSize = options.partSize ?? PART_SIZE
    this.#client = openClient(options, options.endpoint)
    this.#linkClient = options.publicEndpoint ? openClient(options, options.publicEndpoint) : this.#client
    this.links = new S3BlobLinks(this.#linkClient, options.bucket)
  }

  async put(key: string, body: Uint8Array, contentType: string): Promise<void> {
    const object = this.#object(key)
    const typed = { ...object, ContentType: contentType || NO_TYPE }
    await answered('keep a file', async () => {
      if (body.length > this.#partSize) await this.#putInParts(object, typed, body)
      else await this.#client.send(new PutObjectCommand({ ...typed, Body: body }))
    })
  }

  async #putInParts(
    object: { Bucket: string; Key: string },
    typed: { Bucket: string; Key: string; ContentType: string },
    body: Uint8Array,
  ): Promise<void> {
    const { UploadId } = await this.#client.send(new CreateMultipartUploadCommand(typed))
    const upload = { ...object, UploadId }
    try {
      const Parts: CompletedPart[] = []
      for (let start = 0; start < body.length; start += this.#partSize) {
        const PartNumber = Parts.length + 1
        const Body = body.subarray(start, start + this.#partSize)
        const { ETag } = await this.#client.send(new UploadPartCommand({ ...upload, PartNumber, Body }))
        Parts.push({ ETag, PartNumber })
      }
      await this.#client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }))
    } catch (error) {
      // Parts cost money until then. Where this fails too, the bucket's own rule has to remove them.
      await this.#client.send(new AbortMultipartUploadCommand(upload)).catch(() => {})
      throw error
    }
  }

  /** The body takes a connection until it is read or ended. */
  async get(key: string): Promise<Blob | undefined> {
    const object = this.#object(key)
    const found = await answered('read a file', () =>
      this.#client.send(new GetObjectCommand(object)).catch(unless('NoSuchKey')),
    )
    if (!found) return undefined
    const { Body, ContentLength = 0, ContentType = '' } = found
    return {
      body: Body as AsyncIterable<Uint8Array>,
      size: ContentLength,
      contentType: ContentType === NO_TYPE ? '' : ContentType,
    }
  }

  async size(key: string): Promise<number | undefined> {
    const object = this.#object(key)
    const found = await answered('look at a file', () =>
      this.#client.send(new HeadObjectCommand(object)).catch(unless('NotFound')),
    )
    return found && (found.ContentLength ?? 0)
  }

  async copy(from: string, to: string): Promise<boolean> {
    checkBlobKey(from)
    const CopySource = `${this.#bucket}/${from.split('/').map(encodeURIComponent).join('/')}`
    const copy = new CopyObjectCommand({ ...this.#object(to), CopySource })
    const copied = await answered('copy a file', () => this.#client.send(copy).catch(unless('NoSuchKey')))
    return copied !== undefined
  }

  async removeOlder(folder: string, before: number): Promise<number> {
    checkBlobKey(folder)
    const listed = paginateListObjectsV2(
      { client: this.#client },
      { Bucket: this.#bucket, Prefix: `${folder}/`, Delimiter: '/' },
    )
    const old = await answered('list files', async () => {
      const keys: string[] = []
      for await (const { Contents = [] } of listed)
        for (const { Key, LastModified } of Contents)
          if (Key && LastModified && LastModified.getTime() < before) keys.push(Key)
      return keys
    })
    for (const key of old) await this.remove(key)
    return old.length
  }

  async remove(key: string): Promise<void> {
    const object = this.#object(key)
    await answered('remove a file', () => this.#client.send(new DeleteObjectCommand(object)))
  }

  close(): void {
    this.#client.destroy()
    this.#linkClient.destroy()
  }

  #object(key: string): { Bucket: string; Key: string } {
    checkBlobKey(key)
    return { Bucket: this.#bucket, Key: key }
  }
}

function openClient({ region, pathStyle, credentials }: S3Options, endpoint: string | undefined): S3Client {
  return new S3Client({
    region,
    forcePathStyle: pathStyle,
    ...(endpoint && { endpoint }),
    ...(credentials && { credentials }),
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 2_000,
      // Until the answer begins: a client may take what is read as slowly as it likes.
      requestTimeout: 15_000,
      throwOnRequestTimeout: true,
      // The SDK's 50 would let 50 slow downloads keep all others waiting.
      httpAgent: { maxSockets: 1_000 },
      httpsAgent: { maxSockets: 1_000 },
    },
    // Several S3 servers refuse the trailers that carry the SDK's own checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
}

/** Takes the error of this name for the answer that there is nothing. */
const unless =
  (name: string) =>
  (error: Error): undefined => {
    if (error.name !== name) throw error
  }

interface S3Trouble {
  /** Of the system, when there was no connection. */
  readonly code?: string
  readonly name: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

async function answered<T>(what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    const { code, name, $metadata } = cause as S3Trouble
    const isLost = code !== undefined || name === 'TimeoutError' || ($metadata?.httpStatusCode ?? 0) >= 500
    throw new (isLost ? LostStore : Error)(`S3 did not ${what}: ${code ?? name}`, { cause })
  }
}
