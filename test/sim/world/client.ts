import { type Position, START } from '#shared/kernel/ids.ts'
import { EPHEMERAL_EVENTS } from '#shared/protocol/gateway-events.ts'
import type { Actor } from '../engine/actor.ts'
import type { Dice } from '../engine/dice.ts'
import type { SimProcess } from '../engine/process.ts'
import type { Scheduler } from '../engine/scheduler.ts'
import type { Trace } from '../engine/trace.ts'
import type { ClientEnd, Network } from '../ports/network.ts'
import { Violation } from './violation.ts'

export interface Dispatched {
  readonly s: number
  readonly t: string
  // biome-ignore lint/suspicious/noExplicitAny: the wire's objects
  readonly d: any
  /** Virtual ms. */
  readonly at: number
}

/** All that one session was sent, over any number of RESUMEs. */
export interface Transcript {
  readonly sessionId: string
  readonly account: Account
  readonly intents: number
  readonly shard: readonly [number, number] | null
  readonly durable: Dispatched[]
  /** The log's end when the client asked for the session. */
  readonly askedAt: Position
  /** Why it is over; null: the client means to go on with it. */
  ended: string | null
  /** When the client last asked to resume it, in virtual ms. */
  resumingSince: number
  /** Highest `s` that a heartbeat or a RESUME has told the server. */
  acknowledged: number
}

export interface Account {
  readonly id: string
  readonly token: string
  readonly bot: boolean
}

interface Frame {
  readonly op: number
  readonly s: number | null
  readonly t: string | null
  // biome-ignore lint/suspicious/noExplicitAny: the wire's objects
  readonly d: any
}

const EPHEMERAL: ReadonlySet<string> = new Set(EPHEMERAL_EVENTS)
/** Closes after which a library identifies anew. */
const FINAL = new Set([1000, 1001, 4004, 4009, 4010, 4012, 4013, 4014])

/** A gateway client that behaves as the libraries do: heartbeats, RESUME after every break, Identify after op 9. */
export class GatewayClient implements Actor {
  readonly name: string
  readonly alive = true
  readonly frozenUntil = 0
  readonly account: Account
  readonly transcripts: Transcript[] = []
  /** Told when the server refuses to resume a session. */
  onInvalid: (transcript: Transcript) => void = () => {}
  readonly #intents: number
  readonly #shard: readonly [number, number] | null
  readonly #gateways: () => readonly SimProcess[]
  readonly #network: Network
  readonly #logEnd: () => Position
  readonly #scheduler: Scheduler
  readonly #dice: Dice
  readonly #trace: Trace
  #current: Transcript | undefined
  #end: ClientEnd | undefined
  /** Counts connections: what belongs to an older one is over. */
  #epoch = 0
  #acknowledgedBeat = true
  #heard = 0
  #askedAt = START

  constructor(options: {
    name: string
    account: Account
    intents: number
    shard: readonly [number, number] | null
    gateways: () => readonly SimProcess[]
    network: Network
    logEnd: () => Position
    scheduler: Scheduler
    dice: Dice
    trace: Trace
  }) {
    this.name = options.name
    this.account = options.account
    this.#intents = options.intents
    this.#shard = options.shard
    this.#gateways = options.gateways
    this.#network = options.network
    this.#logEnd = options.logEnd
    this.#scheduler = options.scheduler
    this.#dice = options.dice
    this.#trace = options.trace
  }

  get current(): Transcript | undefined {
    return this.#current
  }

  /** Is its session live, as far as it knows? */
  connected = false
  resumed = 0

  connect(): void {
    const epoch = ++this.#epoch
    this.connected = false
    this.#acknowledgedBeat = true
    const gateways = this.#gateways()
    const on = gateways.length > 0 ? this.#dice.pick(gateways) : undefined
    const handlers = {
      frame: (text: string) => epoch === this.#epoch && this.#frame(JSON.parse(text) as Frame, epoch),
      closed: (code: number) => epoch === this.#epoch && this.#closed(code),
    }
    this.#end = on && this.#network.connect(on, handlers)
    this.#trace.add(this.name, `connects to ${this.#end ? on?.name : 'nobody'}`)
    if (!this.#end) return this.#later(() => this.connect(), 200, 1_500)
    // A connection that says nothing is given up.
    this.#later(() => epoch === this.#epoch && !this.connected && this.#restart(), 20_000, 25_000)
  }

  /** The connection breaks somewhere on its way. */
  cut(): void {
    this.#trace.add(this.name, 'is cut off')
    this.#end?.cut()
  }

  /** Goes without a farewell, and is back after a while. */
  leave(ms: number): void {
    this.#trace.add(this.name, 'is away')
    this.#end?.cut()
    this.#epoch++
    this.connected = false
    this.#later(() => this.connect(), ms, ms)
  }

  clog(ms: number): void {
    this.#end?.clog(ms)
  }

  /** Goes to another gateway and resumes there, whatever the old connection thinks. */
  move(): void {
    this.#restart()
  }

  /** Closes for good and identifies anew. */
  renew(): void {
    this.#trace.add(this.name, 'closes with 1000')
    this.#end?.close(1000)
    this.#over('closed with 1000')
    this.#later(() => this.connect(), 1, 500)
  }

  #restart(): void {
    this.#end?.close(4900)
    this.connect()
  }

  #closed(code: number): void {
    this.#trace.add(this.name, `closed ${code}`)
    this.#epoch++
    this.connected = false
    if (FINAL.has(code)) this.#over(`closed with ${code}`)
    this.#later(() => this.connect(), 1, 2_000)
  }

  #over(why: string): void {
    this.#epoch++
    this.connected = false
    if (this.#current) this.#current.ended = why
    this.#current = undefined
  }

  #frame({ op, s, t, d }: Frame, epoch: number): void {
    switch (op) {
      case 10:
        this.#heartbeat(d.heartbeat_interval, epoch, this.#dice.next() * d.heartbeat_interval)
        return this.#open()
      case 11:
        this.#acknowledgedBeat = true
        return
      case 7:
        this.#later(() => epoch === this.#epoch && this.#restart(), 1, 100)
        return
      case 9: {
        const refused = this.#current
        this.#trace.add(this.name, 'Invalid Session')
        if (refused) {
          this.onInvalid(refused)
          refused.ended = 'Invalid Session'
        }
        this.#current = undefined
        this.#later(() => epoch === this.#epoch && this.#open(), 1_000, 5_000)
        return
      }
      case 0:
        return this.#dispatch(t as string, s as number, d)
    }
  }

  #open(): void {
    const { token } = this.account
    if (this.#current) {
      const { sessionId, durable } = this.#current
      this.#current.acknowledged = this.#heard
      this.#current.resumingSince = this.#scheduler.now
      this.#end?.send({ op: 6, d: { token, session_id: sessionId, seq: durable.at(-1)?.s ?? 0 } })
      return
    }
    this.#heard = 0
    this.#askedAt = this.#logEnd()
    this.#end?.send({
      op: 2,
      d: { token, intents: this.#intents, properties: {}, ...(this.#shard ? { shard: this.#shard } : {}) },
    })
  }

  #dispatch(t: string, s: number, d: unknown): void {
    this.#trace.add(this.name, `${s} ${t}`)
    if (t === 'READY') this.#ready(d as { session_id: string })
    const current = this.#current
    if (!current) throw new Violation('SES-3', `${this.name} was sent ${t} before READY`)
    if (t === 'RESUMED') {
      this.connected = true
      this.resumed++
    }
    if (EPHEMERAL.has(t)) {
      if (s !== this.#heard)
        throw new Violation('SES-2', `${this.name}: ${t} has s ${s} after ${this.#heard}`)
      return
    }
    if (s !== this.#heard + 1)
      throw new Violation('SES-1', `${this.name}: ${t} has s ${s} after ${this.#heard}`)
    this.#heard = s
    current.durable.push({ s, t, d, at: this.#scheduler.now })
  }

  #ready({ session_id }: { session_id: string }): void {
    if (this.#current) throw new Violation('SES-3', `${this.name} was sent READY twice`)
    this.connected = true
    this.#current = {
      sessionId: session_id,
      account: this.account,
      intents: this.#intents,
      shard: this.#shard,
      durable: [],
      askedAt: this.#askedAt,
      ended: null,
      resumingSince: 0,
      acknowledged: 0,
    }
    this.transcripts.push(this.#current)
  }

  #heartbeat(interval: number, epoch: number, first: number): void {
    const beat = () => {
      if (epoch !== this.#epoch) return
      if (!this.#acknowledgedBeat) return this.#restart()
      this.#acknowledgedBeat = false
      if (this.#current) this.#current.acknowledged = this.#heard
      this.#end?.send({ op: 1, d: this.#heard || null })
      this.#scheduler.after(interval, this, beat)
    }
    this.#scheduler.after(first, this, beat)
  }

  #later(run: () => void, low: number, high: number): void {
    this.#scheduler.after(this.#dice.between(low, high), this, run)
  }
}
