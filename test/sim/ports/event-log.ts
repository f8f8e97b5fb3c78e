import { decide } from '#shared/adapters/event-log/append-decision.ts'
import { deferred } from '#shared/kernel/deferred.ts'
import { asPosition, type Position, START } from '#shared/kernel/ids.ts'
import { err, ok, type Result } from '#shared/kernel/result.ts'
import type { Appended, AppendOptions, AppendRefusal, EventLog, LogEvent } from '#shared/ports/event-log.ts'
import { MOST_EVENT_BYTES, type NewEvent } from '#shared/protocol/events.ts'
import type { Dice } from '../engine/dice.ts'
import { Lost, type Server } from '../engine/link.ts'
import { EPOCH, type SimProcess } from '../engine/process.ts'
import type { Scheduler } from '../engine/scheduler.ts'

const DEADLINE_MS = 12_000
/** A publish that is not answered by then is sent again under the same id. */
const RETRY_MS = 5_000
const NEVER = { lost: () => new Lost('the log is away') }

type Answer = Result<Appended, AppendRefusal>

/**
 * One ordered stream with the habits of JetStream: answers that are lost after the commit, requests that overtake
 * each other or arrive after their sender gave up, "wrong last sequence" for one's own committed append.
 */
export class SimulatedLog {
  /** Everything that was ever appended: for the checks, which remember what a purge forgets. */
  readonly history: { readonly event: LogEvent; readonly at: number; readonly askedAt: number }[] = []
  first: Position = asPosition(1)
  last: Position = START
  /** How long events take to a tail, at most; changed as the world goes on. */
  lagMs = 5
  /** How long dedupe ids are kept. */
  dedupeMs = 300_000
  /** It takes nothing: the disk is full. */
  full = false
  /** Does the guard speak before the dedupe id, so that one's own committed append is refused? */
  guardFirst = false
  /** Probability that a consumer is cut at a batch. */
  cuts = 0
  readonly #server: Server
  readonly #scheduler: Scheduler
  readonly #dice: Dice
  readonly #ids = new Map<string, { readonly position: Position; readonly at: number }>()
  readonly #lastOf = new Map<string, Position>()
  #grown = deferred<void>()

  constructor(server: Server, scheduler: Scheduler, dice: Dice) {
    this.#server = server
    this.#scheduler = scheduler
    this.#dice = dice
  }

  /** The log as one process reaches it. */
  port(process: SimProcess): EventLog {
    const call = <T>(what: string, run: () => T) => this.#server.call(process, what, run, NEVER)
    return {
      mostEventBytes: MOST_EVENT_BYTES,
      append: (event, options = {}) => this.#publish(process, [event], options),
      appendBatch: (events, id) => this.#publish(process, events, id === undefined ? {} : { id }),
      last: (subject) => call(`last ${subject}`, () => this.#at(this.#kept(subject))),
      read: ({ after, limit, subject }) =>
        call('read', () =>
          this.since(after)
            .filter((event) => subject === undefined || event.subject === subject)
            .slice(0, limit),
        ),
      tail: (after, signal) => this.#tail(process, after, signal),
      bounds: () => call('bounds', () => ({ first: this.first, last: this.last })),
      positionAt: (ms) =>
        call('position at', () =>
          asPosition(this.history.findLast(({ at }) => EPOCH + at < ms)?.event.position ?? START),
        ),
      purge: (upTo) => call(`purge ${upTo}`, () => this.#purge(upTo)),
      jump: (next) => call(`jump ${next}`, () => this.#jump(next)),
      close: async () => {},
    }
  }

  /** What is still kept after a position. */
  since(after: Position): LogEvent[] {
    const from = Math.max(after, this.first - 1)
    let low = 0
    let high = this.history.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.history[middle] as { event: LogEvent }).event.position <= from) low = middle + 1
      else high = middle
    }
    const kept = this.history.slice(low).map(({ event }) => event)
    return kept.at(-1) && (kept.at(-1) as LogEvent).position > this.last
      ? kept.filter(({ position }) => position <= this.last)
      : kept
  }

  async #publish(process: SimProcess, events: readonly NewEvent[], options: AppendOptions): Promise<Answer> {
    const what = `append ${(events.at(-1) as NewEvent).type} ${options.id ?? ''} ${options.expectedLast ?? ''}`
    const give: AppendRefusal = { code: 'unknown', cause: 'no answer in time' }
    const askedAt = this.#scheduler.now
    const deadline = askedAt + DEADLINE_MS
    for (let again = false; ; again = true) {
      const limits = { deadlineMs: Math.min(RETRY_MS, deadline - this.#scheduler.now), lost: () => err(give) }
      if (limits.deadlineMs <= 0) return err(give)
      let answer = await this.#server.call<Answer>(
        process,
        what,
        () => this.#append(events, options, askedAt),
        limits,
      )
      // The guard may have been broken by one's own earlier try.
      if (again && !answer.ok && answer.error.code === 'wrong_last') {
        const refusal = answer
        answer = await this.#server.call<Answer>(
          process,
          'own',
          () => this.#own(options.id) ?? refusal,
          limits,
        )
      }
      if (answer.ok || answer.error.code !== 'unknown') return answer
      // Without an id a second try could append twice.
      if (options.id === undefined) return answer
    }
  }

  /** Its end is lost, as when it is restored from an older copy. */
  rewind(events: number): void {
    this.last = asPosition(this.last - events)
    this.first = asPosition(Math.min(this.first, this.last + 1))
    this.#ids.clear()
    this.#lastOf.clear()
    for (const { subject, position } of this.since(START)) this.#lastOf.set(subject, position)
  }

  #own(id: string | undefined): Answer | undefined {
    const seen = this.#ids.get(id ?? '')
    return seen && ok({ position: seen.position, duplicate: true })
  }

  #append(events: readonly NewEvent[], options: AppendOptions, askedAt: number): Answer {
    if (this.full) return err({ code: 'refused', reason: 'the log is full' })
    const { subject } = events[0] as NewEvent
    const last = this.#kept(subject)
    if (this.guardFirst && options.expectedLast !== undefined && options.expectedLast !== last)
      return err({ code: 'wrong_last', last })
    const { verdicts, accepted } = decide([{ events, options }], {
      last: this.last,
      lastOf: (subject) => this.#kept(subject),
      known: (id) => {
        const seen = this.#ids.get(id)
        return seen && this.#scheduler.now - seen.at < this.dedupeMs ? seen.position : undefined
      },
    })
    for (const { event, position, id } of accepted) {
      this.history.push({ event: { ...event, position }, at: this.#scheduler.now, askedAt })
      this.#lastOf.set(event.subject, position)
      this.last = position
      if (id !== undefined) this.#ids.set(id, { position, at: this.#scheduler.now })
    }
    if (accepted.length > 0) {
      this.#grown.resolve()
      this.#grown = deferred()
    }
    return verdicts[0] as Answer
  }

  #kept(subject: string): Position {
    const last = this.#lastOf.get(subject) ?? START
    return last < this.first ? START : last
  }

  #at(position: Position): LogEvent | undefined {
    return position === START ? undefined : this.since(asPosition(position - 1))[0]
  }

  #purge(upTo: Position): void {
    this.first = asPosition(Math.max(this.first, Math.min(upTo, this.last) + 1))
  }

  #jump(next: Position): void {
    this.last = asPosition(next - 1)
    this.first = next
  }

  async *#tail(
    process: SimProcess,
    after: Position,
    signal: AbortSignal,
  ): AsyncGenerator<readonly LogEvent[]> {
    let at = after
    const aborted = deferred<void>()
    signal.addEventListener('abort', () => aborted.resolve(), { once: true })
    while (!signal.aborted) {
      await this.#travel(process)
      if (at < this.first - 1 || at > this.last)
        throw new Error(`position ${at} is not in the log: it holds ${this.first} to ${this.last}`)
      if (this.#dice.chance(this.cuts)) throw new Lost('the consumer was cut')
      const events = this.since(at).slice(0, this.#dice.whole(1, 40))
      if (events.length === 0) {
        await Promise.race([this.#grown.promise, aborted.promise])
        continue
      }
      at = (events.at(-1) as LogEvent).position
      yield events
    }
  }

  /** The way to the consumer: an answer travels, so that what follows belongs to its process. */
  #travel(process: SimProcess): Promise<void> {
    return new Promise((resolve) => {
      const arrive = () => {
        const wait = this.#server.stalledUntil - this.#scheduler.now
        if (wait > 0) this.#scheduler.after(wait, process, arrive)
        else resolve()
      }
      this.#scheduler.after(this.#dice.between(0.1, this.lagMs), process, arrive)
    })
  }
}
