import type { Mail } from '#shared/ports/mailer.ts'
import { escapeHtml } from './escape-html.ts'

/** To the owner of an address with which somebody registered a further account; nobody else learns of the first. */
export function knownAddressMail(to: string, username: string): Mail {
  const what = 'somebody registered a Guildhall account with this address, which belongs to your account'
  const rest = 'already. If it was you, log in to that one. If it was not, you need do nothing.'
  return {
    to,
    subject: 'You have an account already',
    text: `Hello ${username},\n\n${what} ${username}\n${rest}\n`,
    html: `<p>Hello ${escapeHtml(username)},</p><p>${what} <b>${escapeHtml(username)}</b> ${rest}</p>`,
  }
}
