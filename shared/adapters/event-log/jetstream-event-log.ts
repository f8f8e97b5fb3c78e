import type { StreamInfo } from '@nats-io/jetstream'
import { nanos } from '@nats-io/transport-node'
import type { Clock } from '#shared/kernel/clock.ts'
import { asPosition, type Position } from '#shared/kernel/ids.ts'
import type { Result } from '#shared/kernel/result.ts'
import type { Appended, AppendOptions, AppendRefusal, EventLog, LogEvent } from '#shared/ports/event-log.ts'
import { MOST_EVENT_BYTES, type NewEvent } from '#shared/protocol/events.ts'
import { jetStreamApi } from '../nats/jetstream-api.ts'
import type { Nats } from '../nats/nats.ts'
import { openStream } from '../nats/open-stream.ts'
import { type StreamMessage, type StreamQuery, streamMessage } from '../nats/stream-message.ts'
import { syncWarning } from '../nats/sync-interval.ts'
import { untilAnswered } from '../nats/until-answered.ts'
import { BESIDE_EVENT_BYTES, JetStreamAppender } from './jetstream-appender.ts'
import { openJetStreamConsumer } from './jetstream-consumer.ts'
import { JetStreamEnd } from './jetstream-end.ts'
import { decodeEvent } from './jetstream-event-codec.ts'

const DEDUPE_WINDOW_MS = 5 * 60_000
/** Of a page, at the same time. */
const READS = 100
const RETRY_MS = 250
/** Times that the log is found behind before it is believed: a leader just elected may not have everything yet. */
const PATIENCE = 20

interface Options {
  readonly nats: Nats
  readonly clock: Clock
  /** Before all subjects and in the stream's name, where several installations share the servers; '' is none. */
  readonly namespace: string
  /** By how many servers the log is kept when this process makes it: 1 or 3. */
  readonly replicas: number
  /** Beyond this the log refuses appends; the default is the servers' own limit. */
  readonly maxBytes?: number
  /** Bytes that an event of the outbox may have; the default is MOST_EVENT_BYTES. */
  readonly mostEventBytes?: number
  /** Where a server tells whether it syncs each write; given, one that does not is warned of. */
  readonly monitorUrl?: string
  readonly onWarning: (warning: string) => void
  readonly onTrouble: (error: unknown) => void
}

/** The event log in one JetStream stream, which is made if it is missing. @throws when it cannot do what is asked of it */
export async function openJetStreamEventLog(options: Options): Promise<EventLog> {
  const { nats, clock, namespace, replicas, maxBytes, monitorUrl, onWarning } = options
  const mostEventBytes = options.mostEventBytes ?? MOST_EVENT_BYTES
  checkPayload(nats, mostEventBytes)
  const stream = namespace ? `${namespace}_events` : 'events'
  const prefix = namespace && `${namespace}.`
  const config = {
    name: stream,
    subjects: [`${prefix}events.>`],
    num_replicas: replicas,
    storage: 'file',
    retention: 'limits',
    discard: 'new',
    max_bytes: maxBytes ?? -1,
    max_age: 0,
    max_msgs: -1,
    max_msgs_per_subject: -1,
    duplicate_window: nanos(DEDUPE_WINDOW_MS),
    allow_atomic: true,
    // A follower may be behind, and a hole that is not a purge looks like one.
    allow_direct: false,
    deny_delete: true,
  } as const
  await openStream(nats.connection, clock, { ...config, subjects: [...config.subjects] }, onWarning)
  const warning = monitorUrl && (await syncWarning(monitorUrl))
  if (warning) onWarning(warning)
  const log = new JetStreamEventLog(options, stream, prefix, mostEventBytes)
  await log.bounds()
  return log
}

/** An event of the outbox that the servers do not take could never be appended. */
function checkPayload({ connection }: Nats, mostEventBytes: number): void {
  const taken = connection.info?.max_payload ?? 0
  const needed = mostEventBytes + BESIDE_EVENT_BYTES
  if (taken >= needed) return
  throw new Error(
    `NATS takes messages of ${taken} bytes, and events may have ${mostEventBytes}: set max_payload of its servers to ` +
      `${needed} or more, or NATS_EVENT_MAX_BYTES of all services to ${Math.max(0, taken - BESIDE_EVENT_BYTES)} or less`,
  )
}

class JetStreamEventLog implements EventLog {
  readonly mostEventBytes: number
  readonly #options: Options
  readonly #stream: string
  readonly #prefix: string
  readonly #end = new JetStreamEnd()
  readonly #appender: JetStreamAppender
  readonly #closing = new AbortController()
  readonly #stopListening: () => void

  constructor(options: Options, stream: string, prefix: string, mostEventBytes: number) {
    this.mostEventBytes = mostEventBytes
    this.#options = options
    this.#stream = stream
    this.#prefix = prefix
    const { nats, clock } = options
    this.#appender = new JetStreamAppender({ nats, clock, prefix, end: this.#end })
    this.#stopListening = nats.onChange((connected) => {
      this.#end.known = false
      if (connected) void this.#compareEnd()
    })
  }

  append(event: NewEvent, options: AppendOptions = {}): Promise<Result<Appended, AppendRefusal>> {
    return this.#appender.append([event], options)
  }

  appendBatch(events: readonly NewEvent[], id?: string): Promise<Result<Appended, AppendRefusal>> {
    if (events.length === 0) throw new Error('a batch of nothing')
    return this.#appender.append(events, id === undefined ? {} : { id })
  }

  async last(subject: string): Promise<LogEvent | undefined> {
    const message = await this.#message({ last_by_subj: this.#prefix + subject })
    return message && this.#decode(message)
  }

  async read(options: { after: Position; limit: number; subject?: string }): Promise<readonly LogEvent[]> {
    const { after, limit, subject } = options
    return subject === undefined ? this.#readAll(after, limit) : this.#readSubject(subject, after, limit)
  }

  async *tail(after: Position, signal: AbortSignal): AsyncGenerator<readonly LogEvent[]> {
    const ended = AbortSignal.any([signal, this.#closing.signal])
    for (let position = after; ; ) {
      const consumer = await this.#consumer(position, position > after, ended)
      if (!consumer) return
      const from = position
      try {
        for (let events = await consumer.next(); events && !ended.aborted; events = await consumer.next()) {
          position = (events.at(-1) as LogEvent).position
          this.#end.saw(position)
          yield events
        }
      } finally {
        consumer.close()
      }
      if (position === from) await this.#options.clock.sleep(RETRY_MS, ended)
    }
  }

  async bounds(): Promise<{ first: Position; last: Position }> {
    const { state } = await this.#ask(() =>
      jetStreamApi<StreamInfo>(this.#options.nats.connection, `STREAM.INFO.${this.#stream}`),
    )
    this.#end.saw(state.last_seq)
    const first = state.messages === 0 ? state.last_seq + 1 : state.first_seq
    return { first: asPosition(first), last: asPosition(state.last_seq) }
  }

  async positionAt(ms: number): Promise<Position> {
    const { last } = await this.bounds()
    const next = await this.#message({ start_time: new Date(ms).toISOString() })
    return next ? asPosition(next.seq - 1) : last
  }

  async purge(upTo: Position): Promise<void> {
    const { first, last } = await this.bounds()
    // A purge beyond the end would move it.
    const next = Math.min(upTo, last) + 1
    if (next > first) await this.#purgeBefore(next)
  }

  async jump(next: Position): Promise<void> {
    const { last } = await this.bounds()
    if (next <= last) throw new Error(`the log is already at ${last}: it cannot jump to ${next}`)
    await this.#purgeBefore(next)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#appender.close()
    this.#stopListening()
  }

  /**
   * @param begun a tail that has had events before: then only a log that lost them ends before its position
   * @returns undefined when the signal aborts
   */
  async #consumer(position: Position, begun: boolean, signal: AbortSignal) {
    const { nats, clock, onTrouble } = this.#options
    const source = { nats, clock, stream: this.#stream, prefix: this.#prefix }
    for (let patience = begun ? PATIENCE : 0; !signal.aborted; await clock.sleep(RETRY_MS, signal)) {
      if (!nats.connected) continue
      try {
        const { first, last } = await this.bounds()
        if (position < first - 1) {
          throw new OutsideTheLog(`position ${position} has left the log (it begins at ${first})`)
        }
        if (position <= last) return await openJetStreamConsumer(source, position, signal)
        if (--patience < 0)
          throw new OutsideTheLog(`position ${position} is beyond the end of the log (${last})`)
      } catch (error) {
        if (error instanceof OutsideTheLog) throw error
        onTrouble(error)
      }
    }
    return undefined
  }

  async #readAll(after: Position, limit: number): Promise<LogEvent[]> {
    const { first, last } = await this.bounds()
    const end = Math.min(last, Math.max(after, first - 1) + limit)
    const events: LogEvent[] = []
    for (let from = Math.max(after + 1, first); from <= end; from += READS) {
      const seqs = Array.from({ length: Math.min(READS, end - from + 1) }, (_, index) => from + index)
      const messages = await Promise.all(seqs.map((seq) => this.#message({ seq })))
      // What is missing was purged meanwhile.
      for (const message of messages) if (message) events.push(this.#decode(message))
    }
    return events
  }

  async #readSubject(subject: string, after: Position, limit: number): Promise<LogEvent[]> {
    const events: LogEvent[] = []
    for (let seq = after + 1; events.length < limit; ) {
      const message = await this.#message({ seq, next_by_subj: this.#prefix + subject })
      if (!message) break
      events.push(this.#decode(message))
      seq = message.seq + 1
    }
    return events
  }

  /** After the connection was lost: nothing is appended before it is known that the log still has everything. */
  async #compareEnd(): Promise<void> {
    const { nats, clock, onTrouble } = this.#options
    const seen = this.#end.highest
    for (let patience = PATIENCE; nats.connected; await clock.sleep(RETRY_MS)) {
      const last = await this.bounds().then(
        (bounds) => bounds.last,
        (error) => void onTrouble(error),
      )
      if (last === undefined || (last < seen && --patience > 0)) continue
      if (last < seen) onTrouble(new Error(this.#end.found(last)))
      this.#end.known = nats.connected
      return this.#appender.resume()
    }
  }

  async #purgeBefore(seq: number): Promise<void> {
    const { connection } = this.#options.nats
    await this.#ask(() => jetStreamApi(connection, `STREAM.PURGE.${this.#stream}`, { seq }))
  }

  #message(query: StreamQuery): Promise<StreamMessage | undefined> {
    return this.#ask(() => streamMessage(this.#options.nats.connection, this.#stream, query))
  }

  #decode({ subject, seq, data }: StreamMessage): LogEvent {
    this.#end.saw(seq)
    return decodeEvent(subject.slice(this.#prefix.length), seq, data)
  }

  #ask<T>(request: () => Promise<T>): Promise<T> {
    return untilAnswered(this.#options.clock, request)
  }
}

/** A tail cannot go on, or not begin. */
class OutsideTheLog extends Error {}
