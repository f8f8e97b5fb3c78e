import type { Mail } from '#shared/ports/mailer.ts'
import { escapeHtml } from './escape-html.ts'

/** The token stands in the fragment, which browsers send to no server. */
export function resetMail(to: string, username: string, baseUrl: string, token: string): Mail {
  const link = `${baseUrl}/reset#token=${token}`
  const what = 'somebody, probably you, asked for a new password for your Guildhall account'
  const rest = 'The link works once, for an hour. If it was not you, you need do nothing: the password stays.'
  return {
    to,
    subject: 'Choose a new password',
    text: `Hello ${username},\n\n${what}. To choose one, open\n\n${link}\n\n${rest}\n`,
    html: `<p>Hello ${escapeHtml(username)},</p><p>${what}. To choose one, open this link:</p><p><a href="${escapeHtml(link)}">Choose a new password</a></p><p>${rest}</p>`,
  }
}
