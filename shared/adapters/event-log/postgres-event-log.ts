import pg from 'pg'
import type { Clock } from '#shared/kernel/clock.ts'
import { type Deferred, deferred } from '#shared/kernel/deferred.ts'
import { asPosition, type Position } from '#shared/kernel/ids.ts'
import { err, type Result } from '#shared/kernel/result.ts'
import type { Appended, AppendOptions, AppendRefusal, EventLog, LogEvent } from '#shared/ports/event-log.ts'
import { MOST_EVENT_BYTES, type NewEvent } from '#shared/protocol/events.ts'
import { decide, type Verdict } from './append-decision.ts'
import { AppenderMemory } from './appender-memory.ts'
import { fromRow, INSERT, insertValues, type LogRow, SELECT } from './log-rows.ts'
import { TailQueue } from './tail-queue.ts'

/** One process appends; its Postgres session holds this lock, so that a lost connection is a lost right. */
const APPENDER_LOCK = 0x6c6f67
/** A batch is one statement and one fsync; beyond this its size costs more than it saves. */
const MAX_BATCH = 512
/** Of a batch, before those who wait for it hear that the log takes nothing. */
const INSERT_ATTEMPTS = 3
const PAGE = 1_000
/** Above the longest stall of any log, below the libraries' 15 s [OUT-5]. */
const DEADLINE_MS = 12_000

interface Request {
  readonly events: readonly NewEvent[]
  readonly options: AppendOptions
  readonly answer: Deferred<Result<Appended, AppendRefusal>>
}

interface Options {
  readonly url: string
  readonly clock: Clock
  /** Called when the connection was lost or an append failed; the log goes on trying. */
  readonly onTrouble?: (error: unknown) => void
}

/**
 * The event log in a Postgres table with one appender. Positions are given out by this process alone and rows
 * are inserted batch by batch, so positions are commit order; what waits while a batch commits is the next batch.
 */
export async function openPostgresEventLog(options: Options): Promise<EventLog> {
  const log = new PostgresEventLog(options)
  await log.open()
  return log
}

class PostgresEventLog implements EventLog {
  readonly mostEventBytes = MOST_EVENT_BYTES
  readonly #options: Options
  readonly #readers: pg.Pool
  readonly #tails = new Set<TailQueue>()
  readonly #memory = new AppenderMemory()
  #writer: pg.Client | undefined
  #queue: Request[] = []
  #first = asPosition(1)
  #last = asPosition(0)
  #busy: Promise<void> = Promise.resolve()
  #draining = false
  #closed = false

  constructor(options: Options) {
    this.#options = options
    this.#readers = new pg.Pool({ connectionString: options.url, max: 4 })
    this.#readers.on('error', (error) => options.onTrouble?.(error))
  }

  async open(): Promise<void> {
    await this.#connect()
  }

  append(event: NewEvent, options: AppendOptions = {}): Promise<Result<Appended, AppendRefusal>> {
    return this.#enqueue([event], options)
  }

  appendBatch(events: readonly NewEvent[], id?: string): Promise<Result<Appended, AppendRefusal>> {
    if (events.length === 0) throw new Error('a batch of nothing')
    return this.#enqueue(events, id === undefined ? {} : { id })
  }

  async last(subject: string): Promise<LogEvent | undefined> {
    const { rows } = await this.#readers.query<LogRow>({
      name: 'log-last',
      text: `${SELECT} where subject = $1 and position <= $2 order by position desc limit 1`,
      values: [subject, this.#last],
    })
    return rows[0] && fromRow(rows[0])
  }

  /** What is committed but not yet answered is left out: nobody may be ahead of `bounds` and of the tails. */
  async read(options: { after: Position; limit: number; subject?: string }): Promise<readonly LogEvent[]> {
    const { after, limit, subject } = options
    const bySubject = subject !== undefined
    const { rows } = await this.#readers.query<LogRow>({
      name: bySubject ? 'log-read-subject' : 'log-read',
      text: `${SELECT} where position > $1 and position <= $2 ${bySubject ? 'and subject = $4' : ''}
             order by position limit $3`,
      values: [after, this.#last, limit, ...(bySubject ? [subject] : [])],
    })
    return rows.map(fromRow)
  }

  async *tail(after: Position, signal: AbortSignal): AsyncGenerator<readonly LogEvent[]> {
    if (after > this.#last) throw new Error(`position ${after} is beyond the end of the log (${this.#last})`)
    const queue = new TailQueue(signal)
    this.#tails.add(queue)
    let position = after
    let behind = true
    try {
      while (!signal.aborted) {
        if (!behind) await queue.filled()
        const batch: readonly LogEvent[] | 'overrun' = behind
          ? await this.read({ after: position, limit: PAGE })
          : queue.take()
        behind = batch === 'overrun' || (behind && batch.length === PAGE)
        const fresh = batch === 'overrun' ? [] : batch.filter((event) => event.position > position)
        // Without an epoch or a purge between them, positions are consecutive.
        const end = asPosition(position + fresh.length)
        if (position < this.#first - 1 || (fresh.at(-1)?.position ?? end) !== end) {
          throw new Error(`position ${position} has left the log (it begins at ${this.#first})`)
        }
        position = end
        if (fresh.length > 0 && !signal.aborted) yield fresh
      }
    } finally {
      this.#tails.delete(queue)
    }
  }

  async bounds(): Promise<{ first: Position; last: Position }> {
    return { first: this.#first, last: this.#last }
  }

  async positionAt(ms: number): Promise<Position> {
    const { rows } = await this.#readers.query<{ position: string | null }>(
      `select coalesce((select min(position) - 1 from event_log where appended_at >= $1), $2) as position`,
      [new Date(ms), this.#last],
    )
    return asPosition(rows[0]?.position ?? 0)
  }

  purge(upTo: Position): Promise<void> {
    return this.#exclusively(async (writer) => {
      const first = asPosition(Math.max(this.#first, Math.min(upTo, this.#last) + 1))
      await writer.query(
        `with gone as (delete from event_log where position < $1) update event_log_state set first_position = $1`,
        [first],
      )
      this.#first = first
      this.#memory.forgetSubjects()
    })
  }

  jump(next: Position): Promise<void> {
    return this.#exclusively(async (writer) => {
      if (next <= this.#last)
        throw new Error(`the log is already at ${this.#last}: it cannot jump to ${next}`)
      await writer.query(
        `with gone as (delete from event_log)
         update event_log_state set first_position = $1::bigint, last_position = $1::bigint - 1`,
        [next],
      )
      await this.#load(writer)
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#busy
    for (const request of this.#queue.splice(0)) request.answer.resolve(refused('the log is closed'))
    await this.#writer?.end()
    await this.#readers.end()
  }

  #enqueue(events: readonly NewEvent[], options: AppendOptions): Promise<Result<Appended, AppendRefusal>> {
    if (this.#closed) return Promise.resolve(refused('the log is closed'))
    const request = { events, options, answer: deferred<Result<Appended, AppendRefusal>>() }
    this.#queue.push(request)
    const cancel = this.#options.clock.after(DEADLINE_MS, () =>
      request.answer.resolve(
        err({ code: 'unknown', cause: new Error(`no answer from the log in ${DEADLINE_MS} ms`) }),
      ),
    )
    void request.answer.promise.finally(cancel)
    if (!this.#draining) void this.#drain()
    return request.answer.promise
  }

  /** Commits batch after batch until nothing waits. */
  async #drain(): Promise<void> {
    this.#draining = true
    while (this.#queue.length > 0 && !this.#closed) {
      await this.#exclusively((writer) => this.#commit(writer)).catch((error) =>
        this.#options.onTrouble?.(error),
      )
    }
    this.#draining = false
  }

  async #commit(writer: pg.Client): Promise<void> {
    const requests = this.#queue.splice(0, MAX_BATCH)
    try {
      await this.#answer(writer, requests)
    } catch (cause) {
      for (const { answer } of requests) answer.resolve(err({ code: 'unknown', cause }))
      throw cause
    }
  }

  async #answer(writer: pg.Client, requests: readonly Request[]): Promise<void> {
    const at = this.#options.clock.now()
    await this.#memory.prepare(writer, requests, at)
    const { verdicts, accepted } = decide(requests, {
      last: this.#last,
      lastOf: (subject) => this.#memory.lastOf(subject),
      known: (id) => this.#memory.known(id),
    })
    if (accepted.length > 0 && !(await this.#insert(writer, accepted, at))) {
      for (const { answer } of requests) answer.resolve(refused('Postgres does not take it'))
      return
    }
    this.#memory.note(accepted, at)
    if (accepted.length > 0) {
      this.#last = (accepted.at(-1) as { position: Position }).position
      const events = accepted.map(({ event, position }) => ({ ...event, position }) as LogEvent)
      for (const tail of this.#tails) tail.push(events)
    }
    verdicts.forEach((verdict, index) => (requests[index] as Request).answer.resolve(verdict))
  }

  /**
   * A batch whose outcome is not known (the connection broke) is looked for after reconnecting: by then the old
   * connection has lost the lock, so it is there as a whole or will never be.
   * @returns false: it is not there, and nothing else was done
   */
  async #insert(writer: pg.Client, accepted: Verdict['accepted'], at: number): Promise<boolean> {
    const { event, position } = accepted.at(-1) as Verdict['accepted'][number]
    const insert = { name: 'log-insert', text: INSERT, values: insertValues(accepted, at) }
    const own = [position, event.subject, JSON.stringify(event.facts)]
    const find = 'select from event_log where position = $1 and subject = $2 and facts = $3'
    for (let client = writer, failures = 0; ; client = await this.#reconnect()) {
      try {
        if (failures > 0 && (await client.query(find, own)).rowCount) return true
        if (failures >= INSERT_ATTEMPTS) return false
        await client.query(insert)
        return true
      } catch (error) {
        failures++
        this.#options.onTrouble?.(error)
      }
    }
  }

  /** One thing at a time touches the writer's connection and the state in memory. */
  #exclusively<T>(work: (writer: pg.Client) => Promise<T>): Promise<T> {
    const run = this.#busy.then(async () => work(this.#writer ?? (await this.#reconnect())))
    this.#busy = run.then(
      () => {},
      () => {},
    )
    return run
  }

  async #connect(): Promise<pg.Client> {
    const writer = new pg.Client({ connectionString: this.#options.url })
    writer.on('error', (error) => {
      this.#options.onTrouble?.(error)
      if (this.#writer === writer) this.#writer = undefined
    })
    await writer.connect()
    const { rows } = await writer.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [
      APPENDER_LOCK,
    ])
    if (!rows[0]?.held) {
      await writer.end()
      throw new Error('another process appends to this event log: a Postgres event log has one appender')
    }
    await this.#load(writer)
    this.#writer = writer
    return writer
  }

  async #reconnect(): Promise<pg.Client> {
    await this.#writer?.end().catch(() => {})
    this.#writer = undefined
    for (let pause = 50; ; pause = Math.min(pause * 2, 2_000)) {
      try {
        return await this.#connect()
      } catch (error) {
        if (this.#closed) throw error
        this.#options.onTrouble?.(error)
        await this.#options.clock.sleep(pause)
      }
    }
  }

  async #load(writer: pg.Client): Promise<void> {
    const state = await writer.query<{ first_position: string; last_position: string }>(
      'select * from event_log_state',
    )
    this.#first = asPosition(state.rows[0]?.first_position ?? 1)
    this.#last = asPosition(state.rows[0]?.last_position ?? 0)
    await this.#memory.load(writer, this.#options.clock.now())
  }
}

const refused = (reason: string): Result<Appended, AppendRefusal> => err({ code: 'refused', reason })
