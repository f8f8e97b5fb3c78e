import { GatewayClient, TestSession } from '#test/support/gateway-client.ts'
import { newGuild, newPerson, type Person } from '#test/support/people.ts'

/** Above the deadlines of the services, which are to answer by then. */
const LONGEST_MS = 20_000
const PASSWORD = 'correct horse battery'
const INDEX_NOT_READY = 110_000

/** works; unavailable: said clearly that it is for now; anything else is a fault, in words. */
export type Verdict = 'works' | 'unavailable' | { readonly fault: string }

export interface Probed {
  readonly verdict: Verdict
  readonly ms: number
}

type Probe = () => Promise<Verdict>

export interface StoreProbes {
  readonly probes: Readonly<Record<string, () => Promise<Probed>>>
  /** Addresses that were registered, each of which gets a mail. */
  readonly registered: string[]
}

/** Where requests go to. */
export interface Addresses {
  readonly api: string
  readonly auth: string
  readonly gateway: string
}

/** What people do with a server, one thing of each kind, each to be tried at any time, at the addresses of that time. */
export async function storeProbes(
  { http, gateway }: { http: string; gateway: string },
  to: () => Addresses,
): Promise<StoreProbes> {
  const who = await newPerson(http, 'prober')
  const { id: guildId, general: channel } = await newGuild(who)
  const at = `/channels/${channel}/messages`
  const kept = await who.expect('POST', at, { content: 'to be looked at' })
  const uploaded = await upload(who, to().api, at)
  if (uploaded.status !== 200) throw new Error(`an upload was answered ${uploaded.status}`)
  const file = ((await uploaded.json()) as { attachments: { url: string }[] }).attachments[0]?.url as string
  const resuming = await TestSession.identify(gateway, who.token)
  const registered: string[] = []
  let counter = 0
  const asked =
    (method: string, path: string, body?: () => unknown): Probe =>
    async () =>
      verdictOf(await request(who, to(), method, path, body?.()))

  const probes: Record<string, Probe> = {
    send: asked('POST', at, () => ({ content: `probe ${++counter}` })),
    edit: asked('PATCH', `${at}/${kept.id}`, () => ({ content: `edited ${++counter}` })),
    react: asked('PUT', `${at}/${kept.id}/reactions/${encodeURIComponent('🎉')}/@me`),
    unreact: asked('DELETE', `${at}/${kept.id}/reactions/${encodeURIComponent('🎉')}/@me`),
    reply: asked('POST', at, () => ({
      content: `reply ${++counter}`,
      message_reference: { message_id: kept.id },
    })),
    history: asked('GET', `${at}?limit=50`),
    'one message': asked('GET', `${at}/${kept.id}`),
    search: asked('GET', `/guilds/${guildId}/messages/search?author_id=${who.id}`),
    guild: asked('GET', `/guilds/${guildId}`),
    members: asked('GET', `/guilds/${guildId}/members?limit=100`),
    'edit a channel': asked('PATCH', `/channels/${channel}`, () => ({ topic: `topic ${++counter}` })),
    'edit a guild': asked('PATCH', `/guilds/${guildId}`, () => ({ name: `A guild ${++counter}` })),
    typing: asked('POST', `/channels/${channel}/typing`),
    upload: async () => verdictOf(await upload(who, to().api, at)),
    download: async () =>
      verdictOf(
        await fetch(to().api + new URL(file).pathname + new URL(file).search, {
          signal: AbortSignal.timeout(LONGEST_MS),
        }),
      ),
    register: async () => {
      const username = `probe_${process.pid}_${Date.now()}_${++counter}`
      const account = { username, email: `${username}@example.org`, password: PASSWORD, consent: true }
      const verdict = await verdictOf(await request(who, to(), 'POST', '/auth/register', account))
      if (verdict === 'works') registered.push(account.email)
      return verdict
    },
    'log in': asked('POST', '/auth/login', () => ({ login: who.username, password: PASSWORD })),
    identify: () =>
      connected(async () => {
        const client = await GatewayClient.open(to().gateway)
        await client.identify(who.token)
        await client.dispatch('GUILD_CREATE')
        await client.close()
      }),
    resume: () =>
      connected(async () => {
        await resuming.cut().catch(() => {})
        await resuming.resume(to().gateway)
      }),
  }
  const timedProbes = Object.entries(probes).map(([name, probe]) => [name, () => timed(probe)] as const)
  return { probes: Object.fromEntries(timedProbes), registered }
}

async function timed(probe: Probe): Promise<Probed> {
  const since = performance.now()
  const verdict = await probe().catch((error) => ({ fault: String(error.cause ?? error) }))
  return { verdict, ms: Math.round(performance.now() - since) }
}

function request(who: Person, to: Addresses, method: string, path: string, body: unknown): Promise<Response> {
  return fetch(`${path.startsWith('/auth') ? to.auth : to.api}/api/v10${path}`, {
    method,
    signal: AbortSignal.timeout(LONGEST_MS),
    headers: {
      ...(path.startsWith('/auth') ? {} : { authorization: who.token }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

function upload(who: Person, api: string, at: string): Promise<Response> {
  const form = new FormData()
  form.set('files[0]', new Blob(['some bytes'], { type: 'text/plain' }), 'some.txt')
  form.set('payload_json', JSON.stringify({ content: 'with a file' }))
  return fetch(`${api}/api/v10${at}`, {
    method: 'POST',
    signal: AbortSignal.timeout(LONGEST_MS),
    headers: { authorization: who.token },
    body: form,
  })
}

async function verdictOf(response: Response): Promise<Verdict> {
  const { status, headers } = response
  const text = await response.text()
  if (status === 202) {
    const { code, retry_after: seconds } = JSON.parse(text)
    return code === INDEX_NOT_READY && seconds > 0 ? 'unavailable' : { fault: `202 ${text}` }
  }
  if (status < 300) return 'works'
  if (status === 503 && Number(headers.get('retry-after')) > 0) return 'unavailable'
  return { fault: `${status} ${text.slice(0, 100)}` }
}

/** Libraries try again after everything but a session that is over. */
async function connected(work: () => Promise<void>): Promise<Verdict> {
  try {
    await work()
    return 'works'
  } catch (error) {
    const words = String(error)
    return /cannot be resumed|"code":(1000|1001|4004|4009|401\d)/.test(words)
      ? { fault: words }
      : 'unavailable'
  }
}
