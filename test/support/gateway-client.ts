import { constants, createInflate } from 'node:zlib'
import WebSocket from 'ws'
import { EPHEMERAL_EVENTS } from '#shared/protocol/gateway-events.ts'
import { KNOWN_INTENTS } from '#shared/protocol/intents.ts'

/** One frame as the server sent it. */
export interface Received {
  readonly op: number
  readonly s: number | null
  readonly t: string | null
  // biome-ignore lint/suspicious/noExplicitAny: tests read what the wire says
  readonly d: any
}

export interface Closing {
  readonly code: number
  readonly reason: string
}

interface Options extends WebSocket.ClientOptions {
  readonly query?: string
}

const WAIT_MS = 15_000
const EPHEMERAL: ReadonlySet<string> = new Set(EPHEMERAL_EVENTS)

export const isEphemeral = (frame: Received): boolean => frame.t !== null && EPHEMERAL.has(frame.t)

/** One connection to a gateway, on the wire's level. It does nothing by itself: no heartbeats unless told to, no reconnecting. */
export class GatewayClient {
  /** Every frame, as it came. */
  readonly frames: Received[] = []
  /** Libraries insist on text without compression, on binary with. */
  readonly kinds = new Set<'text' | 'binary'>()
  /** Resolves when the connection is over; code 1006 when there was no close frame. */
  readonly closed: Promise<Closing>
  readonly #socket: WebSocket
  readonly #look = new Set<() => void>()
  #closing: Closing | undefined

  constructor(url: string, { query = '?v=10&encoding=json', ...options }: Options = {}) {
    this.#socket = new WebSocket(`${url}/${query}`, { perMessageDeflate: false, ...options })
    const take = (text: string) => {
      this.frames.push(JSON.parse(text))
      for (const look of this.#look) look()
    }
    const inflate = query.includes('compress=zlib-stream') ? inflater(take) : undefined
    this.#socket.on('message', (data, binary) => {
      this.kinds.add(binary ? 'binary' : 'text')
      if (inflate) inflate(data as Buffer)
      else take(String(data))
    })
    this.#socket.on('error', () => {}) // 'close' follows
    this.closed = new Promise((resolve) => {
      this.#socket.on('close', (code, reason) => {
        this.#closing = { code, reason: String(reason) }
        for (const look of this.#look) look()
        resolve(this.#closing)
      })
    })
  }

  /** Connected, with Hello received. */
  static async open(url: string, options?: Options): Promise<GatewayClient> {
    const client = new GatewayClient(url, options)
    await client.until((frame) => frame.op === 10)
    return client
  }

  /** Connected and identified; a person's client names no intents. */
  static async enter(url: string, token: string, options?: Options): Promise<GatewayClient> {
    const client = await GatewayClient.open(url, options)
    await client.identify(token, { intents: undefined })
    return client
  }

  get dispatches(): Received[] {
    return this.frames.filter((frame) => frame.op === 0)
  }

  /** The last sequence number that came. */
  get seq(): number | null {
    return this.frames.findLast((frame) => typeof frame.s === 'number')?.s ?? null
  }

  send(payload: unknown): void {
    this.sendRaw(JSON.stringify(payload))
  }

  sendRaw(data: string | Buffer): void {
    this.#socket.send(data)
  }

  /** Resolves with READY. */
  identify(token: string, more: object = {}): Promise<Received> {
    this.send({ op: 2, d: { token, intents: KNOWN_INTENTS, properties: {}, ...more } })
    return this.until((frame) => frame.t === 'READY')
  }

  resume(token: string, sessionId: string, seq: unknown): void {
    this.send({ op: 6, d: { token, session_id: sessionId, seq } })
  }

  /** Resolves with the acknowledgement, before which the server has done all that came earlier on this socket. */
  async heartbeat(seq: unknown = this.seq): Promise<void> {
    const from = this.frames.length
    this.send({ op: 1, d: seq })
    await this.until((frame) => frame.op === 11, { from })
  }

  /** Sends heartbeats until the connection is over, as a library does. */
  beat(everyMs = 10_000): this {
    const beating = setInterval(() => this.send({ op: 1, d: this.seq }), everyMs)
    void this.closed.then(() => clearInterval(beating))
    return this
  }

  /** The first frame that fits, from those that came already on (or from an index on). */
  until(
    fits: (frame: Received) => boolean,
    { from = 0, what = String(fits) }: { from?: number; what?: string } = {},
  ): Promise<Received> {
    return new Promise((resolve, reject) => {
      let at = from
      const finish = () => {
        clearTimeout(timer)
        this.#look.delete(look)
      }
      const look = () => {
        for (; at < this.frames.length; at++) {
          const frame = this.frames[at] as Received
          if (!fits(frame)) continue
          finish()
          return resolve(frame)
        }
        if (!this.#closing) return
        finish()
        reject(new Error(`closed with ${JSON.stringify(this.#closing)} before ${what}`))
      }
      const timer = setTimeout(() => {
        finish()
        const last = this.frames.slice(-5).map(({ op, s, t }) => `${op}/${s}/${t}`)
        reject(new Error(`did not come in time: ${what}; the last of ${this.frames.length}: ${last.join()}`))
      }, WAIT_MS)
      this.#look.add(look)
      look()
    })
  }

  /** The `d` of the first dispatch of this kind that fits, be it here already or still to come. */
  async dispatch(t: string, fits: (d: Received['d']) => boolean = () => true): Promise<Received['d']> {
    return (await this.until((frame) => frame.t === t && fits(frame.d), { what: t })).d
  }

  /** Closes, null: without a code, and waits until the server has answered. */
  async close(code: number | null = 1000): Promise<Closing> {
    if (code === null) this.#socket.close()
    else this.#socket.close(code)
    return this.closed
  }

  /** Cuts the connection without a close frame. */
  async terminate(): Promise<void> {
    this.#socket.terminate()
    await this.closed
  }
}

/** One zlib stream for the whole connection, as libraries read it: a frame is complete with its sync flush. */
function inflater(take: (text: string) => void): (data: Buffer) => void {
  const inflate = createInflate({ flush: constants.Z_SYNC_FLUSH })
  let chunks: Buffer[] = []
  inflate.on('data', (chunk: Buffer) => chunks.push(chunk))
  return (data) => {
    if (!data.subarray(-4).equals(Buffer.from([0, 0, 0xff, 0xff])))
      throw new Error('a frame without a sync flush')
    inflate.write(data, () => {
      const text = Buffer.concat(chunks).toString()
      chunks = []
      take(text)
    })
  }
}

/**
 * A session as a client keeps it over its connections. Whatever arrives is checked: a durable dispatch has the
 * next `s`, an ephemeral one the last [SES-1][SES-2].
 */
export class TestSession {
  /** Numbers that are not what they should be, in words. */
  readonly problems: string[] = []
  readonly token: string
  readonly sessionId: string
  client: GatewayClient
  readonly #stream: Received[] = []
  #taken = 0

  private constructor(client: GatewayClient, token: string, sessionId: string) {
    this.client = client
    this.token = token
    this.sessionId = sessionId
  }

  /** Identified, with every GUILD_CREATE, and with a record: from here on it can be resumed. */
  static async identify(
    url: string,
    token: string,
    intents = KNOWN_INTENTS,
    more: object = {},
  ): Promise<TestSession> {
    const client = await GatewayClient.open(url)
    const ready = await client.identify(token, { intents, ...more })
    await client.heartbeat(null)
    return new TestSession(client, token, ready.d.session_id)
  }

  /** The durable dispatches that have come, in order: number n has `s` n + 1. */
  get stream(): readonly Received[] {
    this.#take()
    return this.#stream
  }

  /** The number of the last durable dispatch that came. */
  get seq(): number {
    return this.stream.length
  }

  /** Acknowledges everything that has arrived. */
  heartbeat(): Promise<void> {
    return this.client.heartbeat(this.seq)
  }

  async cut(): Promise<void> {
    await this.client.terminate()
  }

  /** On a new connection. @returns what came before RESUMED */
  async resume(url: string): Promise<Received[]> {
    const { seq } = this
    const client = await GatewayClient.open(url)
    this.#take()
    this.client = client
    this.#taken = 0
    client.resume(this.token, this.sessionId, seq)
    const end = await client.until((frame) => frame.t === 'RESUMED' || frame.op === 9)
    if (end.op === 9) throw new Error(`the session cannot be resumed from ${seq}`)
    return client.dispatches.slice(0, client.dispatches.indexOf(end))
  }

  /** Waits for a durable dispatch. */
  async until(fits: (frame: Received) => boolean, what = String(fits)): Promise<Received> {
    const fitting = (frame: Received) => frame.op === 0 && !isEphemeral(frame) && fits(frame)
    return this.stream.find(fits) ?? this.client.until(fitting, { what })
  }

  #take(): void {
    const { dispatches } = this.client
    for (; this.#taken < dispatches.length; this.#taken++) {
      const frame = dispatches[this.#taken] as Received
      const last = this.#stream.length
      if (frame.s !== (isEphemeral(frame) ? last : last + 1))
        this.problems.push(`${frame.t} came with s ${frame.s} after ${last}`)
      if (!isEphemeral(frame)) this.#stream.push(frame)
    }
  }
}

/** What a RESUME is answered with on a connection of its own, which is cut off then: op 9, or RESUMED. */
export async function answerToResume(
  url: string,
  { token, sessionId, seq }: Pick<TestSession, 'token' | 'sessionId' | 'seq'>,
): Promise<Received> {
  const client = await GatewayClient.open(url)
  client.resume(token, sessionId, seq)
  const answer = await client.until(({ op, t }) => op === 9 || t === 'RESUMED')
  await client.terminate()
  return answer
}

/**
 * What of durable dispatches has to be the same for every session of a user: all but the session's own ids, and
 * `last_message_id` and presences, which tell of a moment and not of a position. READY also tells of how far one has read.
 */
export function comparable(stream: readonly Received[]): { t: string | null; d: unknown }[] {
  return stream.map(({ t, d }) => {
    if (t === 'READY') return { t, d: comparableReady(d) }
    if (t === 'GUILD_CREATE') return { t, d: withoutMoment(d) }
    return { t, d: t?.startsWith('CHANNEL_') ? withoutHead(d) : d }
  })
}

const comparableReady = ({ read_state: _, ...d }: Received['d']) => ({
  ...d,
  session_id: '',
  resume_gateway_url: '',
  sessions: [],
  private_channels: d.private_channels.map(withoutHead),
  guilds: d.guilds.map(withoutMoment),
})

const withoutMoment = ({ presences: _, ...guild }: Received['d']) => ({
  ...guild,
  channels: guild.channels?.map(withoutHead),
})

const withoutHead = ({ last_message_id: _, ...channel }: Record<string, unknown>) => channel
