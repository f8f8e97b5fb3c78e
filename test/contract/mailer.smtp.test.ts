import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { createServer as createTlsServer } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { SmtpMailer } from '#shared/adapters/mailer/smtp-mailer.ts'
import { CERTIFICATE } from '#test/support/tls-proxy.ts'
import { mailDescribe, mailServer, mailsFrom } from './mail-server.ts'
import { mailerContract } from './mailer.contract.ts'

const CERTIFICATE_FILE = fileURLToPath(new URL('../support/tls-certificate.pem', import.meta.url))

const freshSender = () => ({
  name: 'Ü "guild", hall',
  address: `guild-${randomBytes(6).toString('hex')}@example.org`,
})
const mail = { to: 'ada@example.com', subject: 'Hello', text: 'Text', html: '<p>Html</p>' }

mailDescribe.run(mailDescribe.title('SMTP server'), () => {
  for (const [name, url, caFile] of [
    ['SMTP', mailServer.plainUrl, undefined],
    ['SMTP with STARTTLS and a password', mailServer.startTlsUrl, mailServer.caFile],
  ] as const) {
    mailerContract(name, async () => {
      const from = freshSender()
      const mailer = new SmtpMailer({ url, caFile, from })
      return {
        mailer,
        delivered: () => mailsFrom(from.address),
        async close() {
          mailer.close()
        },
      }
    })
  }

  mailerContract('SMTP with TLS from the start', async () => {
    const { hostname, port } = new URL(mailServer.plainUrl)
    const terminator = createTlsServer({ key: CERTIFICATE, cert: CERTIFICATE }, (socket) => {
      const upstream = connect(Number(port), hostname)
      pipeline(socket, upstream, socket).catch(() => {})
    }).listen(0, '127.0.0.1')
    await once(terminator, 'listening')
    const from = freshSender()
    const mailer = new SmtpMailer({
      url: `smtps://127.0.0.1:${(terminator.address() as AddressInfo).port}`,
      caFile: CERTIFICATE_FILE,
      from,
    })
    return {
      mailer,
      delivered: () => mailsFrom(from.address),
      async close() {
        mailer.close()
        terminator.close()
      },
    }
  })

  test('a mail says whom it is from, and wants no automatic answer', async () => {
    const from = freshSender()
    const mailer = new SmtpMailer({ url: mailServer.plainUrl, from })
    await mailer.send(mail)
    mailer.close()
    const [arrived] = await mailsFrom(from.address)
    expect(arrived?.headers).toMatchObject({ 'auto-submitted': 'auto-generated' })
    expect(arrived?.from).toEqual([from])
  })

  test.for([
    { what: 'an unknown certificate', url: mailServer.startTlsUrl, caFile: undefined, says: 'self-signed' },
    {
      what: 'a wrong password',
      url: mailServer.startTlsUrl?.replace(/:[^:@]*@/, ':the-wrong-password@'),
      caFile: mailServer.caFile,
      says: 'EAUTH',
    },
  ])('$what throws, without the password', async ({ url, caFile, says }) => {
    const mailer = new SmtpMailer({ url, caFile, from: freshSender() })
    const thrown = (await mailer.send(mail).catch((error: Error) => error)) as Error
    mailer.close()
    expect(thrown.message).toMatch(`the SMTP server takes no mail: `)
    expect(thrown.message).toContain(says)
    expect(JSON.stringify([thrown, String(thrown.cause), thrown.cause])).not.toContain('the-wrong-password')
  })
})

describe('SMTP server in trouble', () => {
  const undo: (() => void)[] = []
  afterEach(() => {
    for (const step of undo.splice(0).reverse()) step()
  })

  /** A server that answers each command as `answers` has it, or well. */
  async function listen(answers: Record<string, string>): Promise<string> {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => {}))
      let inBody = false
      const say = (line: string) => socket.write(`${line}\r\n`)
      say(answers.greeting ?? '220 test')
      createInterface({ input: socket }).on('line', (line) => {
        if (inBody && line !== '.') return
        const command = inBody ? 'body' : (line.split(/[ :]/)[0] as string).toUpperCase()
        inBody = command === 'DATA' && !answers.DATA
        say(answers[command] ?? (command === 'DATA' ? '354 go on' : '250 fine'))
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    undo.push(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    return `127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  const open = (url: string) => {
    const mailer = new SmtpMailer({ url, from: freshSender() })
    undo.push(() => mailer.close())
    return mailer
  }

  test.for([
    { at: 'RCPT', answer: '550 5.1.1 <ada@example.com> is nobody here' },
    { at: 'RCPT', answer: '450 4.2.1 ada@example.com: come again later' },
    { at: 'DATA', answer: '554 5.7.1 not this one' },
    { at: 'body', answer: '554 5.7.1 looks like spam to ada@example.com' },
    { at: 'body', answer: '452 4.3.1 no room' },
  ])('$at: "$answer" is a refusal of the mail, and says no address', async ({ at, answer }) => {
    const mailer = open(`smtp://${await listen({ [at]: answer })}`)
    const refused = await mailer.send(mail)
    expect(refused).toEqual({ ok: false, error: { reason: expect.stringContaining(answer.slice(0, 3)) } })
    expect(JSON.stringify(refused)).not.toContain('ada@')
  })

  test.for([
    { at: 'greeting', answer: '554 go away' },
    { at: 'greeting', answer: '421 too many connections' },
    { at: 'MAIL', answer: '550 not from you' },
    { at: 'MAIL', answer: '421 closing' },
    { at: 'RCPT', answer: '421 closing' },
    { at: 'body', answer: '421 closing' },
  ])('$at: "$answer" throws: no mail can be sent at present', async ({ at, answer }) => {
    const mailer = open(`smtp://${await listen({ [at]: answer })}`)
    await expect(mailer.send(mail)).rejects.toThrow('the SMTP server takes no mail: E')
  })

  test('a server that offers no STARTTLS gets no mail if that is required', async () => {
    const mailer = open(`smtp://user:the-password@${await listen({})}?requireTLS=true`)
    await expect(mailer.send(mail)).rejects.toThrow('the SMTP server takes no mail: E')
  })

  test('a server that speaks no TLS gets no mail by smtps', async () => {
    const mailer = open(`smtps://user:the-password@${await listen({})}`)
    await expect(mailer.send(mail)).rejects.toThrow('the SMTP server takes no mail: E')
  })

  test('a server that is away throws', async () => {
    const address = await listen({})
    for (const step of undo.splice(0)) step()
    await expect(open(`smtp://${address}`).send(mail)).rejects.toThrow(/takes no mail: E\w+: .*ECONNREFUSED/)
  })
})
