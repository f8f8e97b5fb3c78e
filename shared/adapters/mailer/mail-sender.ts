/** Whom mails come from. */
export interface MailSender {
  readonly name: string
  readonly address: string
}
