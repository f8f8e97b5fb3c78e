/** Our mails among those that the mail server of the tests has, newest first, as the standalone server shows its own. */
export async function inbox({
  MAIL_API_URL: api,
  MAIL_FROM: sender = '',
}: Readonly<Record<string, string | undefined>>): Promise<unknown> {
  if (!api) return []
  const mails = (await (await fetch(`${api}/email`)).json()) as {
    id: string
    from: { address: string }[]
    to: { address: string }[]
    subject: string
    text: string
    html: string
    time: string
  }[]
  return mails
    .filter(({ from }) => from.some(({ address }) => sender.includes(address)))
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
