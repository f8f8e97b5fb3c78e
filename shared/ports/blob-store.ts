export interface Blob {
  /** To be read, or ended: until then it holds what it is read from. It throws when that is lost on the way. */
  readonly body: AsyncIterable<Uint8Array>
  readonly size: number
  readonly contentType: string
}

/** Files by key (`attachments/<channel>/<attachment>/<name>`). Keys are ours; names in them are cleaned before. */
export interface BlobStore {
  /** Undefined where clients cannot reach the store, so that we move the bytes. */
  readonly links: BlobLinks | undefined
  /** Replaces what the key had. Resolves when it is durable. No key may be a folder of another. */
  put(key: string, body: Uint8Array, contentType: string): Promise<void>
  get(key: string): Promise<Blob | undefined>
  /** Idempotent. */
  remove(key: string): Promise<void>
}

/** Links by which a client moves the bytes of one file itself. Who has one needs nothing else. */
export interface BlobLinks {
  /**
   * For PUT requests of exactly this size and `Content-Type`: the store refuses all others. A link can be used again
   * until it expires, so what is read at its key may change until then.
   */
  upload(key: string, file: { size: number; contentType: string; expiresInS: number }): Promise<string>
  /** For GET requests, answered with this `Content-Disposition`; made whether or not there is such a file. */
  download(key: string, answer: { disposition: string; expiresInS: number }): Promise<string>
}
