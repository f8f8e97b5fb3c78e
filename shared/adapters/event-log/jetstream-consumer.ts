import type { ConsumerConfig } from '@nats-io/jetstream'
import { type Msg, nanos, nuid, type Subscription } from '@nats-io/transport-node'
import type { Clock } from '#shared/kernel/clock.ts'
import { type Deferred, deferred } from '#shared/kernel/deferred.ts'
import { asPosition, type Position } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import { newInbox } from '../nats/inbox.ts'
import { jetStreamApi } from '../nats/jetstream-api.ts'
import type { Nats } from '../nats/nats.ts'
import { decodeEvent } from './jetstream-event-codec.ts'

/** How much the server sends before the reader has taken it: this bounds the memory of a slow one. */
const WINDOW = 2_000
const HEARTBEAT_MS = 500
const SILENCE_MS = 3 * HEARTBEAT_MS + 100
const PULL_EXPIRES_MS = 30_000
const ABANDONED_MS = 60_000
const HEARTBEAT = 100
const PULL_EXPIRED = 408

interface Source {
  readonly nats: Nats
  readonly clock: Clock
  readonly stream: string
  readonly prefix: string
}

/** @throws when nobody answers */
export async function openJetStreamConsumer(
  source: Source,
  after: Position,
  signal: AbortSignal,
): Promise<JetStreamConsumer> {
  const name = `log_${nuid.next()}`
  const config: Partial<ConsumerConfig> = {
    name,
    ack_policy: 'none',
    deliver_policy: 'by_start_sequence',
    opt_start_seq: after + 1,
    inactive_threshold: nanos(ABANDONED_MS),
    mem_storage: true,
    num_replicas: 1,
  }
  const request = { stream_name: source.stream, config, action: 'create' }
  await jetStreamApi(source.nats.connection, `CONSUMER.CREATE.${source.stream}.${name}`, request)
  return new JetStreamConsumer(source, name, after, signal)
}

/**
 * Events after a position, in order, until it breaks or the signal aborts: it lives on one server, in memory, and
 * whoever reads makes another one from where this one ended.
 */
class JetStreamConsumer {
  readonly #source: Source
  readonly #name: string
  readonly #inbox: string
  readonly #subscription: Subscription
  /** What stands before the sequences in the reply subject of a delivery. */
  readonly #mark: string
  readonly #signal: AbortSignal
  readonly #stopListening: () => void
  #cancelTimer: () => void
  #events: LogEvent[] = []
  #position: number
  #delivered = 0
  /** Of the current pull. */
  #outstanding = 0
  #lastHeard = 0
  #broken = false
  #failure: unknown
  #waiting: Deferred<void> | undefined

  constructor(source: Source, name: string, after: Position, signal: AbortSignal) {
    this.#source = source
    this.#name = name
    this.#inbox = newInbox(source.nats.connection)
    this.#signal = signal
    this.#mark = `.${name}.1.`
    this.#position = after
    this.#subscription = source.nats.connection.subscribe(this.#inbox, {
      callback: (error, message) => {
        if (error) this.#break()
        else this.#take(message)
      },
    })
    this.#stopListening = source.nats.onChange((connected) => {
      if (!connected) this.#break()
    })
    this.#cancelTimer = this.#watch()
    signal.addEventListener('abort', this.#break)
    if (signal.aborted) this.#break()
  }

  /** What has come since, at least one event; undefined when there will be no more. @throws on what cannot be read */
  async next(): Promise<readonly LogEvent[] | undefined> {
    for (;;) {
      if (this.#events.length > 0) {
        const events = this.#events
        this.#events = []
        return events
      }
      if (this.#failure) throw this.#failure
      if (this.#broken) return undefined
      if (this.#outstanding === 0) this.#pull()
      this.#waiting = deferred()
      await this.#waiting.promise
    }
  }

  close(): void {
    this.#break()
    this.#cancelTimer()
    this.#stopListening()
    this.#signal.removeEventListener('abort', this.#break)
    const { nats, stream } = this.#source
    if (nats.connection.isClosed()) return
    this.#subscription.unsubscribe()
    // The server forgets it by itself.
    jetStreamApi(nats.connection, `CONSUMER.DELETE.${stream}.${this.#name}`).catch(() => {})
  }

  /** Nothing more is taken; what has come is still given out. */
  #break = (): void => {
    this.#broken = true
    this.#waiting?.resolve()
  }

  #pull(): void {
    const { nats, clock, stream } = this.#source
    const request = { batch: WINDOW, expires: nanos(PULL_EXPIRES_MS), idle_heartbeat: nanos(HEARTBEAT_MS) }
    this.#outstanding = WINDOW
    this.#lastHeard = clock.monotonic()
    const subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${this.#name}`
    nats.connection.publish(subject, JSON.stringify(request), { reply: this.#inbox })
  }

  #take(message: Msg): void {
    if (this.#broken || this.#failure) return
    this.#lastHeard = this.#source.clock.monotonic()
    const { subject } = message
    if (subject === this.#inbox) return this.#status(message)
    try {
      this.#event(subject, message)
    } catch (error) {
      this.#failure = error
    }
    this.#waiting?.resolve()
  }

  #event(subject: string, message: Msg): void {
    const reply = message.reply as string
    const numbers = reply.slice(reply.indexOf(this.#mark) + this.#mark.length)
    const dot = numbers.indexOf('.')
    const seq = Number(numbers.slice(0, dot))
    const delivery = Number(numbers.slice(dot + 1, numbers.indexOf('.', dot + 1)))
    // One was lost on its way: another consumer begins where this one was.
    if (delivery !== this.#delivered + 1) return this.#break()
    if (seq !== this.#position + 1) {
      throw new Error(`position ${asPosition(this.#position)} has left the log (what follows is ${seq})`)
    }
    this.#delivered = delivery
    this.#outstanding--
    this.#events.push(decodeEvent(subject.slice(this.#source.prefix.length), seq, message.data))
    this.#position = seq
  }

  #status({ headers }: Msg): void {
    if (headers?.code === HEARTBEAT) return
    if (headers?.code !== PULL_EXPIRED) return this.#break()
    this.#outstanding = 0
    this.#waiting?.resolve()
  }

  /** While a pull is open the server is never silent. */
  #watch(): () => void {
    const { clock } = this.#source
    return clock.after(HEARTBEAT_MS, () => {
      if (this.#outstanding > 0 && clock.monotonic() - this.#lastHeard > SILENCE_MS) return this.#break()
      this.#cancelTimer = this.#watch()
    })
  }
}
