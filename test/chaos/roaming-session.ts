import WebSocket from 'ws'
import { KNOWN_INTENTS } from '#shared/protocol/intents.ts'
import { isEphemeral, type Received } from '#test/support/gateway-client.ts'

const HEARTBEAT_MS = 2_000
/** A connection on which nothing was acknowledged for so long is dead. */
const ZOMBIE_MS = 10_000
const HELLO_MS = 10_000
const PAUSE_MS = 200
/** By a client: keeps the session. */
const KEEP = 4_200
/** Closes after which a client does not come back, or not with its session. */
const ENDING = new Set([1000, 1001, 4003, 4004, 4007, 4009, 4010, 4011, 4012, 4013, 4014])

/** A session as libraries keep it: it reconnects and resumes by the rules, for ever, and never dedupes. */
export class RoamingSession {
  readonly name: string
  readonly userId: string
  /** The durable dispatches of the session, in the order in which they came. */
  readonly stream: Received[] = []
  /** What was not as it should be. */
  readonly problems: string[] = []
  readonly counts = {
    connections: 0,
    resumed: 0,
    cuts: 0,
    reconnects: 0,
    zombies: 0,
    invalid: 0,
    unannounced: 0,
  }
  readonly closeCodes = new Map<number, number>()
  /** From the loss of a connection to RESUMED, in ms. */
  readonly gaps: number[] = []
  readonly #url: string
  readonly #token: string
  #sessionId: string | undefined
  #socket: WebSocket | undefined
  #stopping = false
  #connected = false
  #settled = false
  #lostAt: number | undefined
  #running: Promise<void> | undefined

  constructor(options: { url: string; token: string; userId: string; name: string }) {
    this.#url = options.url
    this.#token = options.token
    this.userId = options.userId
    this.name = options.name
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Has a record: from here on it can be resumed. */
  get settled(): boolean {
    return this.#settled
  }

  /** On a connection, with everything that was missed. */
  get live(): boolean {
    return this.#connected
  }

  get seq(): number {
    return this.stream.length
  }

  /** The connection breaks without a close frame. */
  cut(): void {
    if (!this.#connected) return
    this.counts.cuts++
    this.#socket?.terminate()
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.#socket?.close(KEEP)
    const timer = setTimeout(() => this.#socket?.terminate(), 2_000)
    await this.#running
    clearTimeout(timer)
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const { code, orderly } = await this.#connection()
      const wasLive = this.#connected
      this.#connected = false
      if (wasLive) this.#lostAt = performance.now()
      if (this.#stopping) return
      this.closeCodes.set(code, (this.closeCodes.get(code) ?? 0) + 1)
      if (wasLive && !orderly) this.counts.unannounced++
      if (ENDING.has(code)) this.problems.push(`was closed with ${code}`)
      await new Promise((resolve) => setTimeout(resolve, orderly ? 0 : PAUSE_MS))
    }
  }

  /** @returns orderly: the server had asked to reconnect, or it was we who broke off */
  #connection(): Promise<{ code: number; orderly: boolean }> {
    return new Promise((resolve) => {
      this.counts.connections++
      const { cuts } = this.counts
      const socket = new WebSocket(`${this.#url}/?v=10&encoding=json`, { perMessageDeflate: false })
      this.#socket = socket
      let asked = false
      let heardAt = performance.now()
      let beating: NodeJS.Timeout | undefined
      const waiting = setTimeout(() => socket.terminate(), HELLO_MS)
      const beat = () => {
        if (performance.now() - heardAt > ZOMBIE_MS) {
          this.counts.zombies++
          return socket.terminate()
        }
        if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ op: 1, d: this.seq || null }))
      }
      socket.on('message', (data) => {
        const frame = JSON.parse(String(data)) as Received
        heardAt = performance.now()
        switch (frame.op) {
          case 10:
            clearTimeout(waiting)
            beating = setInterval(beat, HEARTBEAT_MS)
            return this.#open(socket)
          case 7:
            asked = true
            this.counts.reconnects++
            return socket.close(KEEP)
          case 9:
            this.counts.invalid++
            this.problems.push(`was invalid at ${this.seq}`)
            this.#stopping = true
            return socket.close(KEEP)
          case 11:
            // What comes before it on the socket is done.
            this.#settled ||= this.#sessionId !== undefined
            return
          case 0:
            this.#take(frame)
            if (frame.t === 'READY') beat()
            return
        }
      })
      socket.on('error', () => {}) // 'close' follows
      socket.on('close', (code) => {
        clearTimeout(waiting)
        clearInterval(beating)
        resolve({ code, orderly: asked || this.counts.cuts > cuts })
      })
    })
  }

  #open(socket: WebSocket): void {
    const d = this.#sessionId
      ? { token: this.#token, session_id: this.#sessionId, seq: this.seq }
      : { token: this.#token, intents: KNOWN_INTENTS, properties: {} }
    socket.send(JSON.stringify({ op: this.#sessionId ? 6 : 2, d }))
  }

  #take(frame: Received): void {
    if (frame.t === 'READY') {
      this.#sessionId = frame.d.session_id
      this.#connected = true
    }
    if (frame.t === 'RESUMED') {
      this.counts.resumed++
      this.#connected = true
      if (this.#lostAt !== undefined) this.gaps.push(performance.now() - this.#lostAt)
      this.#lostAt = undefined
    }
    const last = this.seq
    const ephemeral = isEphemeral(frame)
    if (frame.s !== (ephemeral ? last : last + 1))
      this.problems.push(`${frame.t} came with s ${frame.s} after ${last}`)
    if (!ephemeral) this.stream.push(frame)
  }
}
