import { sql } from 'kysely'
import type { Clock } from '#shared/kernel/clock.ts'
import type { Logger } from '#shared/platform/logger.ts'
import type { Mail, Mailer } from '#shared/ports/mailer.ts'
import type { Db, Tx } from '#shared/store/database.ts'

interface Claimed {
  readonly id: string
  readonly recipient: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly attempts: number
}

type Outcome = 'taken' | 'refused' | 'away'

const POLL_MS = 2_000
const AT_ONCE = 4
/** While the mailer takes nothing. */
const AWAY_MS = 5_000
/** Longer than a mailer takes to answer: whoever claimed a mail and says nothing for so long has died. */
const CLAIM_S = 120
/** How long a mail waits after the nth attempt: it doubles up to a limit. */
const PAUSES = { refused: { first: 60, longest: 3_600 }, away: { first: 2, longest: 60 } }

/**
 * Queues a mail in the transaction that is its reason: a dead mail server neither blocks nor fails it. The mail is
 * dropped from the queue with its token.
 */
export const queueMail = async (tx: Tx, mail: Mail, tokenHash: Buffer): Promise<void> => {
  await tx
    .insertInto('mail_queue')
    .values({
      recipient: mail.to,
      subject: mail.subject,
      text: mail.text,
      html: mail.html,
      token_hash: tokenHash,
    })
    .execute()
}

/**
 * Sends what is queued, at least once each; what fails is tried again until its token expires. Any number may run:
 * a mail is claimed by putting off when it is due.
 */
export class MailQueue {
  readonly #db: Db
  readonly #mailer: Mailer
  readonly #clock: Clock
  readonly #logger: Logger
  #wake = new AbortController()

  constructor(options: { db: Db; mailer: Mailer; clock: Clock; logger: Logger }) {
    this.#db = options.db
    this.#mailer = options.mailer
    this.#clock = options.clock
    this.#logger = options.logger
  }

  /** Something was queued just now. */
  notify(): void {
    this.#wake.abort()
  }

  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#wake.abort(), { once: true })
    while (!signal.aborted) {
      this.#wake = new AbortController()
      let away = false
      try {
        away = await this.#sendDue(signal)
      } catch (error) {
        this.#logger.warn({ err: error }, 'the mail queue could not be read')
      }
      // A new mail is no reason to ask again a server that is away.
      if (away) await this.#clock.sleep(AWAY_MS, signal)
      else if (!signal.aborted) await this.#clock.sleep(POLL_MS, this.#wake.signal)
    }
  }

  /** @returns whether it ended because the mailer takes nothing */
  async #sendDue(signal: AbortSignal): Promise<boolean> {
    await this.#db.deleteFrom('email_tokens').where('expires_at', '<=', sql<Date>`now()`).execute()
    while (!signal.aborted) {
      const mails = await this.#claim()
      if (mails.length === 0) return false
      const outcomes = await Promise.all(mails.map((mail) => this.#deliver(mail)))
      if (outcomes.includes('away')) return true
    }
    return false
  }

  async #claim(): Promise<Claimed[]> {
    const { rows } = await sql<Claimed>`
      update mail_queue
      set attempts = attempts + 1, due_at = now() + ${CLAIM_S} * interval '1 second'
      where id = any(array(
        select id from mail_queue where due_at <= now() order by due_at limit ${AT_ONCE} for update skip locked
      ))
      returning id, recipient, subject, text, html, attempts`.execute(this.#db)
    return rows
  }

  async #deliver(mail: Claimed): Promise<Outcome> {
    const outcome = await this.#send(mail)
    if (outcome === 'taken') {
      await this.#db.deleteFrom('mail_queue').where('id', '=', mail.id).execute()
      return outcome
    }
    const { first, longest } = PAUSES[outcome]
    const pause = Math.min(first * 2 ** (mail.attempts - 1), longest)
    await this.#db
      .updateTable('mail_queue')
      .set({ due_at: sql<Date>`now() + ${pause} * interval '1 second'` })
      .where('id', '=', mail.id)
      .execute()
    return outcome
  }

  async #send({ id, recipient, attempts, ...mail }: Claimed): Promise<Outcome> {
    try {
      const sent = await this.#mailer.send({ to: recipient, ...mail })
      if (sent.ok) return 'taken'
      this.#logger.warn({ mail: id, attempts, reason: sent.error.reason }, 'a mail was refused')
      return 'refused'
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#logger.warn({ mail: id, attempts, reason }, 'no mail can be sent at present')
      return 'away'
    }
  }
}
