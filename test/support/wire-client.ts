import { once } from 'node:events'
import { constants, createInflate } from 'node:zlib'
import { WebSocket } from 'ws'

// biome-ignore lint/suspicious/noExplicitAny: tests read what the wire says
type Json = any

export interface Received {
  readonly op: number
  readonly t?: string | null
  readonly s?: number | null
  readonly d?: Json
}

interface Options {
  /** `Bot …`, or a person's bare token; left out: nobody identifies. */
  readonly token?: string
  readonly intents?: number
  readonly compress?: boolean
  readonly query?: string
}

const WAIT_MS = 10_000

/** A plain WebSocket client of the gateway that keeps everything it receives. */
export class WireClient {
  /** In the order in which it came. */
  readonly received: Received[] = []
  /** What the frames of the connection were: libraries insist on text without compression, binary with. */
  readonly kinds = new Set<'text' | 'binary'>()
  readonly #socket: WebSocket
  readonly #waiting = new Set<() => void>()
  readonly #closed: Promise<number>

  private constructor(url: string, compress: boolean) {
    this.#socket = new WebSocket(url)
    this.#closed = once(this.#socket, 'close').then(([code]) => code as number)
    const inflate = compress ? createInflate({ flush: constants.Z_SYNC_FLUSH }) : undefined
    let text = ''
    inflate?.setEncoding('utf8').on('data', (chunk: string) => {
      // A message may be inflated in several chunks: it is whole when it parses.
      text += chunk
      const frame = parsed(text)
      if (frame === undefined) return
      text = ''
      this.#take(frame as Received)
    })
    this.#socket.on('message', (data, binary) => {
      this.kinds.add(binary ? 'binary' : 'text')
      if (inflate) inflate.write(data as Buffer)
      else this.#take(JSON.parse(String(data)))
    })
  }

  /** Connected, and identified when there is a token: READY has come. */
  static async open(url: string, options: Options = {}): Promise<WireClient> {
    const { token, intents, compress = false, query = '' } = options
    const client = new WireClient(
      `${url}?v=10&encoding=json${compress ? '&compress=zlib-stream' : ''}${query}`,
      compress,
    )
    await Promise.race([client.one('Hello', ({ op }) => op === 10), once(client.#socket, 'error').then(fail)])
    if (token === undefined) return client
    const properties = { os: 'linux', browser: 'test', device: 'test' }
    client.send(2, { token, properties, ...(intents === undefined ? {} : { intents }) })
    await client.dispatch('READY')
    return client
  }

  /** The `d` of the first dispatch of this kind that matches, be it here already or still to come. */
  async dispatch(t: string, matches: (d: Json) => boolean = () => true): Promise<Json> {
    return (await this.one(t, (frame) => frame.t === t && matches(frame.d))).d
  }

  /** The first frame that matches. @throws after ten seconds, with what came instead */
  one(what: string, matches: (frame: Received) => boolean): Promise<Received> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.received.find(matches)
        if (!found) return
        clearTimeout(timer)
        this.#waiting.delete(look)
        resolve(found)
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(look)
        reject(new Error(`no ${what}; there came ${this.received.map(({ op, t }) => t ?? op).join()}`))
      }, WAIT_MS)
      this.#waiting.add(look)
      look()
    })
  }

  /** Names of the dispatches so far. */
  names(): string[] {
    return this.received.flatMap(({ t }) => t ?? [])
  }

  send(op: number, d: unknown): void {
    this.#socket.send(JSON.stringify({ op, d }))
  }

  /** Ends the session. Resolves with the code, also when the other side was first. */
  async close(): Promise<number> {
    if (this.#socket.readyState !== WebSocket.CLOSED) this.#socket.close(1000)
    return this.#closed
  }

  /** The code with which the server closes. */
  closed(): Promise<number> {
    return this.#closed
  }

  #take(frame: Received): void {
    this.received.push(frame)
    for (const look of [...this.#waiting]) look()
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function fail([error]: unknown[]): never {
  throw error
}
