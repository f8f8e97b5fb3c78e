import { describe } from 'vitest'
import type { Mail } from '#shared/ports/mailer.ts'

const { SMTP_URL, SMTP_STARTTLS_URL, SMTP_CA_FILE, MAIL_API_URL } = process.env

/** The server that the environment names. */
export const mailServer = {
  plainUrl: SMTP_URL as string,
  /** Wants STARTTLS and then a password. */
  startTlsUrl: SMTP_STARTTLS_URL as string,
  caFile: SMTP_CA_FILE as string,
}

const missing = Object.entries({ SMTP_URL, SMTP_STARTTLS_URL, SMTP_CA_FILE, MAIL_API_URL })
  .filter(([, value]) => !value)
  .map(([name]) => name)

/** Where a suite runs on the server that the environment names, or is skipped with the reason. */
export const mailDescribe = {
  title: (name: string) => (missing.length === 0 ? name : `${name} — skipped: ${missing.join()} not set`),
  run: describe.skipIf(missing.length > 0),
}

interface Kept {
  readonly from: readonly { readonly address: string; readonly name: string }[]
  readonly to: readonly { readonly address: string }[]
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly headers: Readonly<Record<string, string>>
}

/** What came from a sender, newest first. The server is shared: each suite sends as somebody else. */
export async function mailsFrom(address: string): Promise<(Mail & Pick<Kept, 'from' | 'headers'>)[]> {
  const url = `${MAIL_API_URL}/email?from.address=${encodeURIComponent(address)}`
  const kept = (await (await fetch(url)).json()) as Kept[]
  return kept.reverse().map(({ to, subject, text, html, from, headers }) => ({
    to: to[0]?.address ?? '',
    subject,
    text,
    html,
    from,
    headers,
  }))
}
