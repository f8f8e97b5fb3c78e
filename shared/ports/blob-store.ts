export interface Blob {
  /** To be read, or ended: until then it holds what it is read from. It throws when that is lost on the way. */
  readonly body: AsyncIterable<Uint8Array>
  readonly size: number
  readonly contentType: string
}

/**
 * Files by key: `attachments/<channel>/<attachment>/<name>`, `emojis/<emoji>`, and `uploads/<attachment>` for those that
 * clients put there and that are in no message yet. Keys are ours; names in them are cleaned before.
 */
export interface BlobStore {
  /** Undefined where clients cannot reach the store, so that we move the bytes. */
  readonly links: BlobLinks | undefined
  /** Replaces what the key had. Resolves when it is durable. No key may be a folder of another. */
  put(key: string, body: Uint8Array, contentType: string): Promise<void>
  get(key: string): Promise<Blob | undefined>
  /** In bytes; undefined: there is no such file. */
  size(key: string): Promise<number | undefined>
  /**
   * Gives `to` what `from` has, with its type; what later becomes of `from` does not touch it. Resolves when it is
   * durable. false: there is nothing at `from`, and `to` is as it was.
   */
  copy(from: string, to: string): Promise<boolean>
  /** Idempotent. */
  remove(key: string): Promise<void>
  /**
   * Removes the files directly below a folder that were last put before a moment, in ms since the Unix epoch by the
   * store's own clock. @returns how many
   */
  removeOlder(folder: string, before: number): Promise<number>
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
