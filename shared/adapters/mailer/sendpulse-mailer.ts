import { err, ok, type Result } from '#shared/kernel/result.ts'
import type { Mail, Mailer, MailRefusal } from '#shared/ports/mailer.ts'
import type { MailSender } from './mail-sender.ts'
import { withoutAddresses } from './without-addresses.ts'

export interface SendPulseOptions {
  readonly clientId: string
  readonly clientSecret: string
  /** SendPulse has to know it as a sender of the account. */
  readonly from: MailSender
  readonly apiUrl?: string
}

interface Answer {
  readonly status: number
  readonly body: {
    readonly access_token?: string
    readonly result?: boolean
    readonly error?: string
    readonly error_code?: number
    readonly message?: string
  }
}

const DEADLINE_MS = 15_000
/** What is said of a mail; all else is said of us or of SendPulse. */
const OF_THE_MAIL = [400, 422]

/** Mails by the HTTP API of SendPulse: https://sendpulse.com/integrations/api/smtp */
export class SendPulseMailer implements Mailer {
  readonly #options: SendPulseOptions
  #token: Promise<string> | undefined

  constructor(options: SendPulseOptions) {
    this.#options = options
  }

  async send(mail: Mail): Promise<Result<void, MailRefusal>> {
    const token = this.#currentToken()
    let answer = await this.#hand(mail, await token)
    if (answer.status === 401) {
      // It has expired. Another mail may have noticed already.
      if (this.#token === token) this.#token = undefined
      answer = await this.#hand(mail, await this.#currentToken())
    }
    const { status, body } = answer
    if (status === 200 && body.result === true) return ok(undefined)
    const said = `${status} ${body.error_code ?? ''} ${withoutAddresses(body.message ?? '')}`.trim()
    if (status === 200 || OF_THE_MAIL.includes(status)) return err({ reason: said })
    throw new Error(`SendPulse takes no mail: ${said}`)
  }

  #hand(mail: Mail, token: string): Promise<Answer> {
    const { from } = this.#options
    const email = {
      html: Buffer.from(mail.html).toString('base64'),
      text: mail.text,
      subject: mail.subject,
      from: { name: from.name, email: from.address },
      to: [{ email: mail.to }],
    }
    return this.#post('/smtp/emails', { email }, { authorization: `Bearer ${token}` })
  }

  /** One for all mails, good for an hour. */
  #currentToken(): Promise<string> {
    if (this.#token) return this.#token
    const token = this.#newToken()
    this.#token = token
    token.catch(() => {
      if (this.#token === token) this.#token = undefined
    })
    return token
  }

  async #newToken(): Promise<string> {
    const { clientId, clientSecret } = this.#options
    const { status, body } = await this.#post('/oauth/access_token', {
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
    })
    if (status === 200 && body.access_token) return body.access_token
    throw new Error(`SendPulse gives no access token: ${status} ${withoutAddresses(body.error ?? '')}`.trim())
  }

  async #post(path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
    try {
      const answer = await fetch(new URL(path, this.#options.apiUrl ?? 'https://api.sendpulse.com'), {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(DEADLINE_MS),
      })
      const text = await answer.text()
      return { status: answer.status, body: text.startsWith('{') ? JSON.parse(text) : {} }
    } catch (cause) {
      throw new Error('SendPulse did not answer', { cause })
    }
  }
}
