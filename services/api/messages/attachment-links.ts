import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Attachment } from '#shared/domain/message/stored-message.ts'
import type { Clock } from '#shared/kernel/clock.ts'

const LIFETIME_SECONDS = 24 * 3_600

interface LinkQuery {
  readonly ex?: string
  readonly is?: string
  readonly hm?: string
}

export const attachmentKey = (channelId: string, attachmentId: string, filename: string): string =>
  `attachments/${channelId}/${attachmentId}/${filename}`

/** In pixels, of pictures that tell it. */
export const sizeOf = ({ width, height }: Attachment): { width?: number; height?: number } =>
  width === undefined || height === undefined ? {} : { width, height }

/** Download links that expire: `?ex=<hex seconds>&is=<hex seconds>&hm=<hmac>`; renewed wherever a message is shown. */
export class AttachmentLinks {
  readonly #secret: string
  readonly #clock: Clock
  readonly #base: () => string

  constructor(options: { secret: string; clock: Clock; base: () => string }) {
    this.#secret = options.secret
    this.#clock = options.clock
    this.#base = options.base
  }

  /** The attachment object with its links. */
  present(attachment: Attachment, channelId: string): object {
    const url = this.url(attachmentKey(channelId, attachment.id, attachment.filename))
    return {
      id: attachment.id,
      filename: attachment.filename,
      size: attachment.size,
      url,
      proxy_url: url,
      content_type: attachment.content_type,
      ...(attachment.description === undefined ? {} : { description: attachment.description }),
      ...sizeOf(attachment),
    }
  }

  url(key: string): string {
    const issued = Math.floor(this.#clock.now() / 1_000)
    const expires = issued + LIFETIME_SECONDS
    const path = key.split('/').map(encodeURIComponent).join('/')
    const query = `ex=${expires.toString(16)}&is=${issued.toString(16)}&hm=${this.#sign(key, expires, issued)}`
    return `${this.#base()}/${path}?${query}`
  }

  isValid(key: string, query: LinkQuery): boolean {
    return Number.parseInt(query.ex ?? '', 16) * 1_000 > this.#clock.now() && this.#isOurs(key, query)
  }

  /** What a link is to, whether it has expired or not, by whatever name we were reached; undefined: it is not ours. */
  read(url: string): { readonly key: string; readonly channelId: string } | undefined {
    if (!URL.canParse(url)) return undefined
    const { pathname, searchParams } = new URL(url)
    const path = /\/attachments\/(\d+)\/(\d+)\/([^/]+)$/.exec(decoded(pathname))
    if (!path) return undefined
    const [, channelId, attachmentId, filename] = path as unknown as [string, string, string, string]
    const key = attachmentKey(channelId, attachmentId, filename)
    return this.#isOurs(key, Object.fromEntries(searchParams)) ? { key, channelId } : undefined
  }

  #isOurs(key: string, query: LinkQuery): boolean {
    const expires = Number.parseInt(query.ex ?? '', 16)
    const issued = Number.parseInt(query.is ?? '', 16)
    const expected = Buffer.from(this.#sign(key, expires, issued))
    const given = Buffer.from(query.hm ?? '')
    return expected.length === given.length && timingSafeEqual(expected, given)
  }

  #sign(key: string, expires: number, issued: number): string {
    return createHmac('sha256', this.#secret).update(`${key}\n${expires}\n${issued}`).digest('hex')
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
