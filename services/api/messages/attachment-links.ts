import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Attachment } from '#shared/domain/message/stored-message.ts'
import type { Clock } from '#shared/kernel/clock.ts'

const LIFETIME_SECONDS = 24 * 3_600

export const attachmentKey = (channelId: string, attachmentId: string, filename: string): string =>
  `attachments/${channelId}/${attachmentId}/${filename}`

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
    }
  }

  url(key: string): string {
    const issued = Math.floor(this.#clock.now() / 1_000)
    const expires = issued + LIFETIME_SECONDS
    const path = key.split('/').map(encodeURIComponent).join('/')
    const query = `ex=${expires.toString(16)}&is=${issued.toString(16)}&hm=${this.#sign(key, expires, issued)}`
    return `${this.#base()}/${path}?${query}`
  }

  isValid(key: string, query: { ex?: string; is?: string; hm?: string }): boolean {
    const expires = Number.parseInt(query.ex ?? '', 16)
    const issued = Number.parseInt(query.is ?? '', 16)
    if (!(expires * 1_000 > this.#clock.now()) || Number.isNaN(issued)) return false
    const expected = Buffer.from(this.#sign(key, expires, issued))
    const given = Buffer.from(query.hm ?? '')
    return expected.length === given.length && timingSafeEqual(expected, given)
  }

  #sign(key: string, expires: number, issued: number): string {
    return createHmac('sha256', this.#secret).update(`${key}\n${expires}\n${issued}`).digest('hex')
  }
}
