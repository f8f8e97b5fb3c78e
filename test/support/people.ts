import { randomBytes } from 'node:crypto'

/** One HTTP exchange. `body` is parsed when there is one. */
export interface Exchange<T = unknown> {
  readonly status: number
  readonly body: T
  readonly headers: Headers
  /** The body that went out; undefined when there was none. */
  readonly sent?: unknown
}

// biome-ignore lint/suspicious/noExplicitAny: tests read what the wire says
type Json = any

/** Is told of every exchange. */
export type Observer = (method: string, path: string, exchange: Exchange<Json>) => void

/** Someone who speaks plain HTTP to a server. */
export class Caller {
  readonly base: string
  readonly authorization: string | undefined
  readonly #observe: Observer | undefined

  constructor(base: string, authorization?: string, observe?: Observer) {
    this.base = base
    this.authorization = authorization
    this.#observe = observe
  }

  as(authorization: string): Caller {
    return new Caller(this.base, authorization, this.#observe)
  }

  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Exchange<Json>> {
    const response = await fetch(`${this.base}/api/v10${path}`, {
      method,
      headers: {
        ...(this.authorization ? { authorization: this.authorization } : {}),
        ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: body instanceof FormData || typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const json = response.headers.get('content-type')?.startsWith('application/json')
    const exchange = {
      status: response.status,
      headers: response.headers,
      body: json ? JSON.parse(text) : text,
      sent: body,
    }
    this.#observe?.(method, path, exchange)
    return exchange
  }

  /** The body of a request that must succeed. */
  async expect(method: string, path: string, body?: unknown): Promise<Json> {
    const exchange = await this.request(method, path, body)
    if (exchange.status >= 300) {
      throw new Error(`${method} ${path} was answered ${exchange.status}: ${JSON.stringify(exchange.body)}`)
    }
    return exchange.body
  }
}

/** Stores and inboxes outlast the tests, and process ids come again. */
const RUN = randomBytes(3).toString('hex')
let counter = 0

export const uniqueName = (what: string): string => `${what}_${RUN}_${++counter}`

export interface Person extends Caller {
  readonly id: string
  readonly token: string
  readonly username: string
}

/** Registers somebody, reads the confirmation mail, confirms, logs in. */
export async function newPerson(base: string, name = 'person', anyone = new Caller(base)): Promise<Person> {
  const username = uniqueName(name).toLowerCase()
  const email = `${username}@example.org`
  const password = 'correct horse battery'
  await register(anyone, { username, email, password, consent: true })
  const token = await confirmationToken(base, email)
  await anyone.expect('POST', '/auth/verify', { token })
  const login = await anyone.expect('POST', '/auth/login', { login: email, password })
  return Object.assign(anyone.as(login.token), {
    id: login.user_id as string,
    token: login.token as string,
    username,
  })
}

/** A server that is busy starting may answer 503: tried again, as libraries do. */
async function register(anyone: Caller, form: Json): Promise<void> {
  for (let tries = 3; tries > 0; tries--)
    if ((await anyone.request('POST', '/auth/register', form)).status < 300) return
  await anyone.expect('POST', '/auth/register', form)
}

/** The token in the newest mail to an address with a link to the page; waits until the mail is there. */
export async function confirmationToken(base: string, email: string, page = '/verify'): Promise<string> {
  const deadline = Date.now() + 60_000
  for (let pause = 20; Date.now() < deadline; pause = Math.min(2 * pause, 500)) {
    const mails = (await (await fetch(`${base}/dev/inbox.json`)).json()) as { to: string; text: string }[]
    const found = mails.find(
      ({ to, text }) => to.toLowerCase() === email.toLowerCase() && text.includes(`${page}#token=`),
    )
    const token = found && /#token=([\w-]+)/.exec(found.text)?.[1]
    if (token) return token
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
  throw new Error(`no mail with a link to ${page} to ${email}`)
}

/** A guild of `owner` with its general channel. */
export async function newGuild(owner: Caller, name = 'A guild'): Promise<{ id: string; general: string }> {
  const guild = await owner.expect('POST', '/guilds', { name })
  const channels = (await owner.expect('GET', `/guilds/${guild.id}/channels`)) as {
    id: string
    type: number
  }[]
  return { id: guild.id, general: channels.find((channel) => channel.type === 0)?.id as string }
}

/** Lets `guest` into the guild by an invite of `owner`. */
export async function join(owner: Caller, guest: Caller, channelId: string): Promise<void> {
  const invite = await owner.expect('POST', `/channels/${channelId}/invites`, {})
  await guest.expect('POST', `/invites/${invite.code}`, {})
}

/** An application of `owner` whose bot is in the guild. */
export async function newBot(
  owner: Caller,
  guildId: string,
  permissions = '8',
): Promise<{ token: string; applicationId: string }> {
  const application = await owner.expect('POST', '/applications', { name: 'A bot' })
  const { token } = await owner.expect('POST', `/applications/${application.id}/bot`)
  await owner.expect('POST', `/oauth2/authorize?client_id=${application.id}`, {
    guild_id: guildId,
    permissions,
    authorize: true,
  })
  return { token, applicationId: application.id }
}
