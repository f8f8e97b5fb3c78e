import { sql } from 'kysely'
import type { Clock } from '#shared/kernel/clock.ts'
import type { Logger } from '#shared/platform/logger.ts'
import type { Mail, Mailer } from '#shared/ports/mailer.ts'
import type { Db, Tx } from '#shared/store/database.ts'

const POLL_MS = 2_000
const LONGEST_PAUSE_S = 3_600

/** Queues a mail in the transaction that is its reason: a dead mail server neither blocks nor fails it. */
export const queueMail = async (tx: Tx, mail: Mail): Promise<void> => {
  await tx
    .insertInto('mail_queue')
    .values({ recipient: mail.to, subject: mail.subject, text: mail.text, html: mail.html })
    .execute()
}

/** Sends what is queued; what fails is tried again after ever longer pauses. Any number may run. */
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
      try {
        while (!signal.aborted && (await this.#sendOne())) {}
      } catch (error) {
        this.#logger.warn({ err: error }, 'the mail queue could not be read')
      }
      if (!signal.aborted) await this.#clock.sleep(POLL_MS, this.#wake.signal)
    }
  }

  async #sendOne(): Promise<boolean> {
    return this.#db.transaction().execute(async (tx) => {
      const row = await tx
        .selectFrom('mail_queue')
        .selectAll()
        .where('due_at', '<=', sql<Date>`now()`)
        .orderBy('due_at')
        .limit(1)
        .forUpdate()
        .skipLocked()
        .executeTakeFirst()
      if (!row) return false
      try {
        await this.#mailer.send({ to: row.recipient, subject: row.subject, text: row.text, html: row.html })
        await tx.deleteFrom('mail_queue').where('id', '=', row.id).execute()
      } catch (error) {
        const pause = Math.min(2 ** row.attempts, LONGEST_PAUSE_S)
        this.#logger.warn(
          { err: error, attempts: row.attempts + 1 },
          'a mail was not taken; it is tried again',
        )
        await tx
          .updateTable('mail_queue')
          .set({ attempts: row.attempts + 1, due_at: new Date(this.#clock.now() + pause * 1_000) })
          .where('id', '=', row.id)
          .execute()
      }
      return true
    })
  }
}
