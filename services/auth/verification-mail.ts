import type { Mail } from '#shared/ports/mailer.ts'
import { escapeHtml } from './escape-html.ts'

/** The token stands in the fragment, which browsers send to no server. */
export function verificationMail(to: string, username: string, baseUrl: string, token: string): Mail {
  const link = `${baseUrl}/verify#token=${token}`
  return {
    to,
    subject: 'Confirm your e-mail address',
    text: `Hello ${username},\n\nto confirm this address for your Guildhall account, open\n\n${link}\n\nThe link works once, for 24 hours. If you did not register, you need do nothing.\n`,
    html: `<p>Hello ${escapeHtml(username)},</p><p>to confirm this address for your Guildhall account, open this link:</p><p><a href="${escapeHtml(link)}">Confirm my address</a></p><p>It works once, for 24 hours. If you did not register, you need do nothing.</p>`,
  }
}
