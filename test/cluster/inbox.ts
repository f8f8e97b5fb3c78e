/** Our mails among those that the mail server of the tests has, newest first, as the standalone server shows its own. */
export async function inbox({
  MAIL_API_URL: api,
  MAIL_FROM: sender = '',
}: Readonly<Record<string, string | undefined>>): Promise<unknown> {
  if (!api) return []
  const address = /[^\s<>]+@[^\s<>]+/.exec(sender)?.[0] ?? ''
  // The server has the mails of everybody: all of them at every look would be most of what the tests do.
  const mails = (await (await fetch(`${api}/email?from.address=${encodeURIComponent(address)}`)).json()) as {
    id: string
    to: { address: string }[]
    subject: string
    text: string
    html: string
    time: string
  }[]
  return mails
    .map(({ id, to, subject, text, html, time }) => ({
      id,
      to: to[0]?.address,
      subject,
      text,
      html,
      sent_at: time,
    }))
    .reverse()
}
