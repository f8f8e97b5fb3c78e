import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Mail, Mailer } from '#shared/ports/mailer.ts'

export interface MailerUnderTest {
  readonly mailer: Mailer
  /** What has arrived at the other end, newest first. */
  delivered(): Promise<readonly Mail[]>
  close(): Promise<void>
}

let made = 0
const run = randomBytes(4).toString('hex')
const freshMail = (over: Partial<Mail> = {}): Mail => {
  const n = ++made
  return {
    to: `person-${n}@${run}.example.com`,
    subject: `Mail ${n}`,
    text: `Text ${n}`,
    html: `<p>Html ${n}</p>`,
    ...over,
  }
}

/** What every mailer promises: a mail that was taken over arrives as it was given. */
export function mailerContract(name: string, open: () => Promise<MailerUnderTest>): void {
  describe(`mailer: ${name}`, () => {
    let opened: MailerUnderTest
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(() => opened.close())

    const delivered = async () =>
      (await opened.delivered()).map(({ to, subject, text, html }) => ({ to, subject, text, html }))

    test('mails arrive as they were given, and the newest is first', async () => {
      const mails = [freshMail(), freshMail(), freshMail()]
      for (const mail of mails) expect(await opened.mailer.send(mail)).toEqual({ ok: true })
      expect((await delivered()).slice(0, 3)).toEqual([...mails].reverse())
    })

    test.for<{ what: string; mail: Partial<Mail> }>([
      {
        what: 'characters from everywhere',
        mail: {
          subject: 'Bestätige: 漢字 🎉',
          text: 'Grüße, 漢字 🎉\n\nBis später',
          html: '<p title="ü">Grüße &amp; 漢字 🎉</p>',
        },
      },
      {
        what: 'long lines',
        mail: { text: 'word '.repeat(4_000).trim(), html: `<p>${'é'.repeat(20_000)}</p>` },
      },
      {
        what: 'lines that mean something in mail',
        mail: { text: 'a\n.\nFrom me\n..\n--\nb', html: '<p>a\n.\nb</p>' },
      },
      {
        what: 'quotes and queries',
        mail: { subject: `"'; drop table dev_inbox; -- $1 %s \\`, text: `"'\\` },
      },
      { what: 'addresses with a plus and quotes', mail: { to: `o'brien+guild@sub.example.com` } },
    ])('a mail with $what arrives as it was given', async ({ mail }) => {
      const sent = freshMail(mail)
      expect(await opened.mailer.send(sent)).toEqual({ ok: true })
      expect((await delivered())[0]).toEqual(sent)
    })

    test('mails sent at once all arrive, once each', async () => {
      const mails = Array.from({ length: 30 }, () => freshMail())
      const answers = await Promise.all(mails.map((mail) => opened.mailer.send(mail)))
      expect(answers.every(({ ok }) => ok)).toBe(true)
      const arrived = (await delivered()).slice(0, 30)
      const byAddress = (a: Mail, b: Mail) => a.to.localeCompare(b.to)
      expect(arrived.sort(byAddress)).toEqual([...mails].sort(byAddress))
    })
  })
}
