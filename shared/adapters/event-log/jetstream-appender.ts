import { nuid } from '@nats-io/transport-node'
import type { Clock } from '#shared/kernel/clock.ts'
import { type Deferred, deferred } from '#shared/kernel/deferred.ts'
import { asPosition } from '#shared/kernel/ids.ts'
import { err, ok, type Result } from '#shared/kernel/result.ts'
import type { Appended, AppendOptions, AppendRefusal } from '#shared/ports/event-log.ts'
import type { NewEvent } from '#shared/protocol/events.ts'
import { AckInbox, type Answer, NO_RESPONDERS, rawHeaders } from '../nats/ack-inbox.ts'
import type { Nats } from '../nats/nats.ts'
import { DEADLINE_MS } from '../nats/until-answered.ts'
import { dedupeHeader } from './jetstream-dedupe-id.ts'
import type { JetStreamEnd } from './jetstream-end.ts'
import { encodeEvent } from './jetstream-event-codec.ts'

/** Enough to keep a disk busy that syncs each write; what waits beyond it can still be refused. */
const MOST_IN_FLIGHT = 1_000
/** A publication that was lost on its way is not answered at all. */
const UNANSWERED_MS = 2_000
const PAUSE_MS = 50

/** Of a message, beside its body: id and guard. */
const HEADERS_BYTES = 900

/** Of a message, beside the event: the headers, and type and schema before it in the body. */
export const BESIDE_EVENT_BYTES = 1_024

const WRONG_LAST = 10071
const NO_ROLLUP = 10111
const DUPLICATE_IN_BATCH = 10201
/** What passes, with nothing appended by this try. */
const ASK_AGAIN = new Set([
  NO_RESPONDERS,
  10008, // no leader
  10009, // not the leader any more
  10063, // overtaken by an election
  10158, // an append with this id is under way
  10163, // the subject's last position is not known yet
  10164, // an append to this subject is under way
  10167, // too many requests
  10176, // an election or a lost connection cut the batch
  10210, // too many batches at once
])

interface Message {
  readonly subject: string
  readonly body: Buffer
}

interface Append {
  readonly messages: readonly Message[]
  readonly guard: string
  readonly id: string
  /** Nobody else appends under this id: when it is known, an earlier try was successful. */
  readonly ownId: boolean
  readonly since: number
  /** What comes now is beyond it. */
  readonly endBefore: number
  readonly answer: Deferred<Result<Appended, AppendRefusal>>
  token: number
  tries: number
  askAgainAt: number
  trouble: unknown
}

interface Options {
  readonly nats: Nats
  readonly clock: Clock
  readonly prefix: string
  readonly end: JetStreamEnd
}

/**
 * Appends through an ack inbox of its own. What is not answered is asked again under the same dedupe id until
 * the deadline, and the answer to the last try counts.
 */
export class JetStreamAppender {
  readonly #options: Options
  readonly #inbox: AckInbox
  readonly #inFlight = new Set<Append>()
  #queue: Append[] = []
  #sweeping = false
  #closed = false
  #idle: Deferred<void> | undefined
  readonly #process = nuid.next()
  #made = 0

  constructor(options: Options) {
    this.#options = options
    this.#inbox = new AckInbox(options.nats.connection)
  }

  append(
    events: readonly NewEvent[],
    { id, expectedLast }: AppendOptions,
  ): Promise<Result<Appended, AppendRefusal>> {
    const { clock, prefix, end } = this.#options
    const reason = this.#closed ? 'the log is closed' : end.rewound
    if (reason) return Promise.resolve(refused(reason))
    const append: Append = {
      messages: events.map((event) => ({ subject: prefix + event.subject, body: encodeEvent(event) })),
      guard: expectedLast === undefined ? '' : `Nats-Expected-Last-Subject-Sequence: ${expectedLast}\r\n`,
      id: id === undefined ? `~${this.#process}.${++this.#made}` : dedupeHeader(id),
      ownId: id === undefined,
      since: clock.monotonic(),
      endBefore: end.highest,
      answer: deferred(),
      token: 0,
      tries: 0,
      askAgainAt: 0,
      trouble: undefined,
    }
    const tooLarge = append.messages.find(({ body }) => body.length > this.#largest())
    if (tooLarge)
      return Promise.resolve(refused(`an event of ${tooLarge.body.length} bytes is larger than NATS takes`))
    if (this.#mayStart()) this.#start(append)
    else this.#queue.push(append)
    this.#sweep()
    return append.answer.promise
  }

  /** The connection is there again: whatever was under way may have been lost with the old one. */
  resume(): void {
    for (const append of this.#inFlight) append.askAgainAt = 0
    this.#tend()
  }

  /** Refuses what was not sent, and waits for the answers to what was. */
  async close(): Promise<void> {
    this.#closed = true
    for (const append of this.#queue.splice(0)) append.answer.resolve(refused('the log is closed'))
    if (this.#inFlight.size > 0) {
      this.#idle = deferred()
      await this.#idle.promise
    }
    this.#inbox.close()
  }

  #largest = () => (this.#options.nats.connection.info?.max_payload ?? 1 << 20) - HEADERS_BYTES

  #mayStart = () => this.#inFlight.size < MOST_IN_FLIGHT && this.#options.end.known

  #start(append: Append): void {
    this.#inFlight.add(append)
    this.#send(append)
  }

  #send(append: Append): void {
    const { messages, guard, id } = append
    const head = `${guard}Nats-Msg-Id: ${id}\r\n`
    const last = messages.at(-1) as Message
    append.tries++
    if (messages.length === 1) return this.#publish(append, last.subject, head, last.body)
    // A batch that was cut off stays open on the server for a while: each try is another one.
    const batch = `Nats-Batch-Id: ${this.#process}.${++this.#made}\r\n`
    try {
      messages.slice(0, -1).forEach(({ subject, body }, index) => {
        const headers = rawHeaders(`${batch}Nats-Batch-Sequence: ${index + 1}\r\n${index === 0 ? head : ''}`)
        this.#options.nats.connection.publish(subject, body, { headers })
      })
    } catch (error) {
      return this.#later(append, error)
    }
    const commit = `${batch}Nats-Batch-Sequence: ${messages.length}\r\nNats-Batch-Commit: 1\r\n`
    this.#publish(append, last.subject, commit, last.body)
  }

  /**
   * Is the id known? A server alone compares the guard first, so a repeat of what was appended is a wrong guard
   * to it. This publication can only be a duplicate or be refused: no such roll-up exists, and every server looks
   * for that after the id and before it stores.
   */
  #probe(append: Append, unknown: () => void): void {
    const { subject } = append.messages[0] as Message
    const headers = `Nats-Msg-Id: ${append.id}\r\nNats-Rollup: none\r\n`
    this.#publish(append, subject, headers, Buffer.alloc(0), unknown)
  }

  #publish(append: Append, subject: string, headers: string, body: Buffer, probed?: () => void): void {
    this.#inbox.forget(append.token)
    append.askAgainAt = this.#options.clock.monotonic() + UNANSWERED_MS
    try {
      append.token = this.#inbox.publish(subject, headers, body, (answer) => {
        if (!probed || answer.kind === 'stored') this.#heard(append, answer)
        else if (answer.code === NO_ROLLUP) probed()
        else this.#later(append, new Error(answer.description))
      })
    } catch (error) {
      this.#later(append, error)
    }
  }

  #heard(append: Append, answer: Answer): void {
    if (answer.kind === 'stored') return this.#stored(append, answer)
    const { code, description } = answer
    const error = new Error(`${description} (${code})`)
    if (ASK_AGAIN.has(code)) return this.#later(append, error)
    if (code === DUPLICATE_IN_BATCH) return this.#probe(append, () => this.#later(append, error))
    if (code !== WRONG_LAST)
      return this.#settle(append, append.tries > 1 ? unknown(error) : refused(error.message))
    const last = asPosition(description.slice(description.lastIndexOf(' ') + 1))
    const wrongLast = () => this.#settle(append, err({ code: 'wrong_last', last }))
    if (append.ownId && append.tries === 1) wrongLast()
    else this.#probe(append, wrongLast)
  }

  #stored(append: Append, { seq, duplicate }: Answer & { readonly kind: 'stored' }): void {
    const { end } = this.#options
    const position = asPosition(duplicate ? seq : seq - append.messages.length + 1)
    if (!duplicate && position <= append.endBefore) {
      return this.#settle(append, unknown(new Error(end.found(position))))
    }
    if (!duplicate) end.saw(seq)
    this.#settle(append, ok({ position, duplicate: duplicate && !append.ownId }))
  }

  #later(append: Append, trouble: unknown): void {
    append.trouble = trouble
    append.askAgainAt = this.#options.clock.monotonic() + PAUSE_MS
  }

  #settle(append: Append, result: Result<Appended, AppendRefusal>): void {
    this.#inbox.forget(append.token)
    this.#inFlight.delete(append)
    append.answer.resolve(result)
    const next = this.#mayStart() ? this.#queue.shift() : undefined
    if (next) this.#start(next)
    else if (this.#inFlight.size === 0) this.#idle?.resolve()
  }

  /** While anything waits, looks for what has to be asked again or is over. */
  #sweep(): void {
    if (this.#sweeping) return
    this.#sweeping = true
    this.#options.clock.after(PAUSE_MS, () => {
      this.#sweeping = false
      this.#tend()
    })
  }

  #tend(): void {
    const { clock, end } = this.#options
    const now = clock.monotonic()
    const isOver = ({ since }: Append) => now - since >= DEADLINE_MS
    for (const append of this.#inFlight) {
      if (isOver(append)) this.#settle(append, unknown(append.trouble))
      else if (end.rewound) this.#settle(append, unknown(new Error(end.rewound)))
      else if (end.known && now >= append.askAgainAt) this.#send(append)
    }
    while (this.#queue[0] && (end.rewound || isOver(this.#queue[0]))) {
      this.#queue.shift()?.answer.resolve(refused(end.rewound ?? 'the log cannot be reached'))
    }
    while (this.#queue.length > 0 && this.#mayStart()) this.#start(this.#queue.shift() as Append)
    if (this.#inFlight.size + this.#queue.length > 0) this.#sweep()
  }
}

const refused = (reason: string): Result<Appended, AppendRefusal> => err({ code: 'refused', reason })

const unknown = (trouble: unknown): Result<Appended, AppendRefusal> =>
  err({ code: 'unknown', cause: trouble ?? new Error(`no answer from the log in ${DEADLINE_MS} ms`) })
