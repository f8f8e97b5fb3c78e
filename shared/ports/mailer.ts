import type { Result } from '#shared/kernel/result.ts'

export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** What the other side said of the mail, without addresses, text and secrets. */
export interface MailRefusal {
  readonly reason: string
}

export interface Mailer {
  /**
   * Hands a mail over for delivery. `ok`: the other side answers for it now. An error: the other side works, and does
   * not take this mail, at least not now.
   * @throws when the other side is away, busy, or refuses us: no mail can be sent at present. The message is fit for
   *   logs
   */
  send(mail: Mail): Promise<Result<void, MailRefusal>>
}
