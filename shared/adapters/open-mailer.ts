import type { ConfigOf } from '#config/schema.ts'
import type { Mailer } from '#shared/ports/mailer.ts'
import { SendPulseMailer } from './mailer/sendpulse-mailer.ts'
import { SmtpMailer } from './mailer/smtp-mailer.ts'

/** How a cluster sends its mails: by SendPulse where its credentials are set, otherwise by SMTP. */
export function openMailer(
  config: ConfigOf<'auth'>['mail'],
  service: { onStop(step: () => unknown): void },
): Mailer {
  const from = senderOf(config.from)
  if (config.sendPulseId !== null && config.sendPulseSecret !== null)
    return new SendPulseMailer({
      clientId: config.sendPulseId,
      clientSecret: config.sendPulseSecret.reveal(),
      from,
      apiUrl: config.sendPulseUrl,
    })
  // The settings are checked: there is one or the other.
  const url = config.smtpUrl?.reveal() as string
  const mailer = new SmtpMailer({ url, caFile: config.smtpCaFile ?? undefined, from })
  service.onStop(() => mailer.close())
  return mailer
}

/** `Name <address>`, or an address alone. */
function senderOf(text: string) {
  const [, name = 'Guildhall', address = text] = /^(.+) <(.+)>$/.exec(text) ?? []
  return { name, address }
}
