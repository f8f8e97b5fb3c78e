import { readFileSync } from 'node:fs'
import { createTransport, type NodemailerError } from 'nodemailer'
import { err, ok, type Result } from '#shared/kernel/result.ts'
import type { Mail, Mailer, MailRefusal } from '#shared/ports/mailer.ts'
import type { MailSender } from './mail-sender.ts'
import { withoutAddresses } from './without-addresses.ts'

export interface SmtpOptions {
  /**
   * `smtp://[user:password@]host[:port]`, encrypted where the server offers STARTTLS, and always or not at all with
   * `?requireTLS=true`; `smtps://…` for TLS from the start.
   */
  readonly url: string
  /** PEM: whom to trust instead of the authorities that Node brings. */
  readonly caFile?: string | undefined
  readonly from: MailSender
}

const DEADLINE_MS = 60_000
/** "Service not available": the server ends the connection, whatever the mail. */
const CLOSING = 421

/** Mails by an SMTP server. */
export class SmtpMailer implements Mailer {
  readonly #transport
  readonly #from: MailSender

  constructor({ url, caFile, from }: SmtpOptions) {
    this.#from = from
    this.#transport = createTransport({
      url,
      pool: true,
      maxConnections: 4,
      dnsTimeout: 5_000,
      connectionTimeout: 10_000,
      greetingTimeout: 15_000,
      socketTimeout: 30_000,
      ...(caFile && { tls: { ca: readFileSync(caFile) } }),
    })
  }

  async send(mail: Mail): Promise<Result<void, MailRefusal>> {
    try {
      await this.#transport.sendMail({
        from: this.#from,
        // As an object it is one address, whatever characters it has.
        to: { name: '', address: mail.to },
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        // RFC 3834: no automatic answers.
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal: AbortSignal.timeout(DEADLINE_MS),
      })
      return ok(undefined)
    } catch (error) {
      const { code, command, responseCode, message } = error as NodemailerError
      const ofMail = code === 'EMESSAGE' || (code === 'EENVELOPE' && command !== 'MAIL FROM')
      if (ofMail && responseCode !== CLOSING) return err({ reason: withoutAddresses(message) })
      throw new Error(`the SMTP server takes no mail: ${code}: ${withoutAddresses(message)}`, {
        cause: error,
      })
    }
  }

  close(): void {
    this.#transport.close()
  }
}
