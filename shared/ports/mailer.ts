export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
}

export interface Mailer {
  /** Resolves when the mail was taken over for delivery; throws otherwise, and the queue tries again. */
  send(mail: Mail): Promise<void>
}
