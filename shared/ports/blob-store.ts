export interface Blob {
  readonly body: AsyncIterable<Uint8Array>
  readonly size: number
  readonly contentType: string
}

/** Files by key (`attachments/<channel>/<attachment>/<name>`). Keys are ours; names in them are cleaned before. */
export interface BlobStore {
  /** Replaces what the key had. Resolves when it is durable. */
  put(key: string, body: Uint8Array, contentType: string): Promise<void>
  get(key: string): Promise<Blob | undefined>
  /** Idempotent. */
  remove(key: string): Promise<void>
}
