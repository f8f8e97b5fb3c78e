import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '#shared/kernel/clock.ts'
import type { BlobLinks } from '#shared/ports/blob-store.ts'

export interface UploadTerms {
  readonly size: number
  readonly contentType: string
}

/** Links to put one file of a certain size and type here, where clients cannot reach the blob store itself. */
export class UploadLinks implements Pick<BlobLinks, 'upload'> {
  readonly #secret: string
  readonly #clock: Clock
  readonly #base: () => string

  constructor(options: { secret: string; clock: Clock; base: () => string }) {
    this.#secret = options.secret
    this.#clock = options.clock
    this.#base = options.base
  }

  async upload(key: string, file: UploadTerms & { expiresInS: number }): Promise<string> {
    const expires = Math.floor(this.#clock.now() / 1_000) + file.expiresInS
    const query = new URLSearchParams({
      ex: expires.toString(16),
      size: String(file.size),
      type: file.contentType,
      hm: this.#sign(key, expires, file),
    })
    return `${this.#base()}/${key}?${query}`
  }

  /** undefined: it has expired, or we did not make it. */
  termsOf(
    key: string,
    query: { ex?: string; size?: string; type?: string; hm?: string },
  ): UploadTerms | undefined {
    const expires = Number.parseInt(query.ex ?? '', 16)
    const terms = { size: Number(query.size), contentType: String(query.type) }
    if (!(expires * 1_000 > this.#clock.now())) return undefined
    const expected = Buffer.from(this.#sign(key, expires, terms))
    const given = Buffer.from(String(query.hm))
    return expected.length === given.length && timingSafeEqual(expected, given) ? terms : undefined
  }

  /** Begins like no text that a link for reading signs. */
  #sign(key: string, expires: number, { size, contentType }: UploadTerms): string {
    return createHmac('sha256', this.#secret)
      .update(`PUT\n${key}\n${expires}\n${size}\n${contentType}`)
      .digest('hex')
  }
}
