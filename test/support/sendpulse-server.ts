import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Email {
  readonly html: string
  readonly text: string
  readonly subject: string
  readonly from: { readonly name: string; readonly email: string }
  readonly to: readonly { readonly name?: string; readonly email: string }[]
}

export interface SendPulseServer {
  readonly url: string
  readonly client: { readonly clientId: string; readonly clientSecret: string }
  /** What was taken, newest first; `html` decoded. */
  readonly taken: readonly Email[]
  readonly tokensGiven: number
  /** The tokens that were given are worth nothing from now on, as after an hour. */
  expireTokens(): void
  /** Answers the next mails so instead of taking them, one each. */
  refuseNext(...answers: { status: number; body: object | string }[]): void
  close(): Promise<void>
}

/** The two calls of SendPulse that send mail, as https://sendpulse.com/integrations/api/smtp has them. */
export async function startSendPulseServer(): Promise<SendPulseServer> {
  const client = { clientId: randomUUID(), clientSecret: randomUUID() }
  const taken: Email[] = []
  const refusals: { status: number; body: object | string }[] = []
  let tokens = new Set<string>()
  let tokensGiven = 0

  const giveToken = ({ grant_type, client_id, client_secret }: Record<string, unknown>) => {
    if (grant_type !== 'client_credentials') return [400, { error: 'unsupported_grant_type' }] as const
    if (client_id !== client.clientId || client_secret !== client.clientSecret) {
      return [401, { error: 'invalid_client', message: 'Client authentication failed' }] as const
    }
    const access_token = randomUUID()
    tokens.add(access_token)
    tokensGiven++
    return [200, { access_token, token_type: 'Bearer', expires_in: 3_600 }] as const
  }

  const takeMail = (authorization: string | undefined, email: Email | undefined) => {
    if (!authorization || !tokens.has(authorization.replace('Bearer ', ''))) {
      return [401, { error_code: 1, message: 'Unauthorized' }] as const
    }
    const refusal = refusals.shift()
    if (refusal) return [refusal.status, refusal.body] as const
    if (!email?.html || !email.text || !email.subject || !email.from?.email || !email.to?.[0]?.email) {
      return [400, { error_code: 8, message: 'Empty email data' }] as const
    }
    taken.unshift({ ...email, html: Buffer.from(email.html, 'base64').toString() })
    return [200, { result: true, id: randomUUID() }] as const
  }

  const server = createServer(async (request, response) => {
    const body = await readJson(request)
    const [status, answer] =
      request.method !== 'POST'
        ? ([405, {}] as const)
        : request.url === '/oauth/access_token'
          ? giveToken(body)
          : request.url === '/smtp/emails'
            ? takeMail(request.headers.authorization, body.email as Email | undefined)
            : ([404, {}] as const)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    client,
    taken,
    get tokensGiven() {
      return tokensGiven
    },
    expireTokens() {
      tokens = new Set()
    },
    refuseNext: (...answers) => void refusals.push(...answers),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString() || '{}')
}
