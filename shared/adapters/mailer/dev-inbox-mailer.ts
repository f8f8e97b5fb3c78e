import type pg from 'pg'
import { ok, type Result } from '#shared/kernel/result.ts'
import type { Mail, Mailer } from '#shared/ports/mailer.ts'

export interface InboxMail extends Mail {
  readonly id: string
  readonly sent_at: string
}

const KEPT = 1_000

/** Delivers mail to a table that the pages under /dev/inbox show: nothing leaves the machine. */
export class DevInboxMailer implements Mailer {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async send(mail: Mail): Promise<Result<void, never>> {
    await this.#pool.query(
      `insert into dev_inbox (id, recipient, subject, text, html, sent_at) values (snowflake(), $1, $2, $3, $4, now())`,
      [mail.to, mail.subject, mail.text, mail.html],
    )
    await this.#pool.query(
      'delete from dev_inbox where id <= (select id from dev_inbox order by id desc offset $1 limit 1)',
      [KEPT],
    )
    return ok(undefined)
  }

  /** Newest first. */
  async list(): Promise<InboxMail[]> {
    const { rows } = await this.#pool.query<{
      id: string
      recipient: string
      subject: string
      text: string
      html: string
      sent_at: Date
    }>('select * from dev_inbox order by id desc')
    return rows.map(({ recipient, sent_at, ...mail }) => ({
      id: mail.id,
      to: recipient,
      subject: mail.subject,
      text: mail.text,
      html: mail.html,
      sent_at: sent_at.toISOString(),
    }))
  }
}
