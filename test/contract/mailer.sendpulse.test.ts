import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SendPulseMailer } from '#shared/adapters/mailer/sendpulse-mailer.ts'
import { type SendPulseServer, startSendPulseServer } from '#test/support/sendpulse-server.ts'
import { mailerContract } from './mailer.contract.ts'

const from = { name: 'Guildhall', address: 'guildhall@example.org' }
const mail = { to: 'ada@example.com', subject: 'Hello', text: 'Text', html: '<p>Html</p>' }

mailerContract('SendPulse', async () => {
  const server = await startSendPulseServer()
  const mailer = new SendPulseMailer({ ...server.client, from, apiUrl: server.url })
  return {
    mailer,
    async delivered() {
      return server.taken.map(({ to, subject, text, html }) => ({
        to: to[0]?.email as string,
        subject,
        text,
        html,
      }))
    },
    close: () => server.close(),
  }
})

describe('SendPulse', () => {
  let server: SendPulseServer
  let mailer: SendPulseMailer
  beforeEach(async () => {
    server = await startSendPulseServer()
    mailer = new SendPulseMailer({ ...server.client, from, apiUrl: server.url })
  })
  afterEach(() => server.close())

  test('mails come from the sender, and one access token serves them all', async () => {
    await Promise.all(Array.from({ length: 5 }, () => mailer.send(mail)))
    await mailer.send(mail)
    expect(server.taken).toHaveLength(6)
    expect(server.taken[0]?.from).toEqual({ name: from.name, email: from.address })
    expect(server.tokensGiven).toBe(1)
  })

  test('an expired token is renewed once, and every mail is taken', async () => {
    await mailer.send(mail)
    server.expireTokens()
    const answers = await Promise.all(Array.from({ length: 5 }, () => mailer.send(mail)))
    expect(answers.map(({ ok }) => ok)).toEqual([true, true, true, true, true])
    expect(server.tokensGiven).toBe(2)
  })

  test.for([
    { status: 400, body: { error_code: 4, message: 'Recipient ada@example.com is no address' } },
    { status: 422, body: { message: 'Recipient ada@example.com is no address' } },
    { status: 200, body: { result: false, message: 'Recipient ada@example.com is no address' } },
  ])('$status $body is a refusal of the mail, and says no address', async (answer) => {
    server.refuseNext(answer)
    const refused = await mailer.send(mail)
    expect(refused).toEqual({
      ok: false,
      error: { reason: `${answer.status} ${answer.body.error_code ?? ''} Recipient … is no address` },
    })
    expect(await mailer.send(mail)).toEqual({ ok: true })
  })

  test.for([402, 403, 404, 429, 500, 503])('%s throws: no mail can be sent at present', async (status) => {
    server.refuseNext({ status, body: '<html>no JSON</html>' })
    await expect(mailer.send(mail)).rejects.toThrow(`SendPulse takes no mail: ${status}`)
    expect(await mailer.send(mail)).toEqual({ ok: true })
  })

  test('a token that is refused twice throws', async () => {
    const refusal = { status: 401, body: {} }
    server.refuseNext(refusal, refusal)
    await expect(mailer.send(mail)).rejects.toThrow('SendPulse takes no mail: 401')
    expect(await mailer.send(mail)).toEqual({ ok: true })
  })

  test('a wrong secret, and a server that is away, throw without the secret', async () => {
    const clientSecret = 'the-wrong-secret'
    const stranger = new SendPulseMailer({ ...server.client, clientSecret, from, apiUrl: server.url })
    const thrown = await stranger.send(mail).catch((error: Error) => error)
    expect(String(thrown)).toBe('Error: SendPulse gives no access token: 401 invalid_client')
    const { url } = server
    await server.close()
    const away = new SendPulseMailer({ ...server.client, clientSecret, from, apiUrl: url })
    const lost = (await away.send(mail).catch((error: Error) => error)) as Error
    expect(lost.message).toBe('SendPulse did not answer')
    expect(JSON.stringify([lost, String(lost.cause), lost.cause])).not.toContain(clientSecret)
    server = await startSendPulseServer()
  })
})
