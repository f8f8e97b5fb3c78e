import { randomUUID } from 'node:crypto'
import type { StoredMessage } from '#shared/domain/message/stored-message.ts'
import type { Clock } from '#shared/kernel/clock.ts'
import { type Position, START } from '#shared/kernel/ids.ts'
import { KeyedQueue } from '#shared/kernel/keyed-queue.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse } from '#shared/platform/http/api-error.ts'
import type { EventLog, LogEvent } from '#shared/ports/event-log.ts'
import type { TimelineStore } from '#shared/ports/timeline-store.ts'
import { type NewEvent, SCHEMAS } from '#shared/protocol/events.ts'
import { type Aggregate, messageSubject } from '#shared/protocol/subjects.ts'
import type { Projections } from '#shared/store/projections.ts'

const REFUSALS_IN_A_ROW = 20
/** Behind changes that the log does not answer nobody waits, who would have to wait for its deadline himself after that. */
const QUEUED_MS = 2_000
/** How long a message that the timeline does not have yet is waited for before the answer is 503. */
const CATCH_UP_MS = 500
const POLL_MS = 20

/** What to append to a message's subject; null: nothing is to be changed. */
export type MessageDecision = Pick<NewEvent, 'type' | 'facts' | 'd'> | null

export interface Target {
  readonly aggregate: Aggregate
  readonly channelId: string
  readonly messageId: string
  readonly viewer: string
}

/**
 * Changes of existing messages: decided from the timeline and what the log has beyond it, appended guarded by the
 * message's own subject, one at a time per message and process; the others queue [LOG-11].
 */
export class MessageChanges {
  readonly #log: EventLog
  readonly #timeline: TimelineStore
  readonly #projections: Projections
  readonly #clock: Clock
  readonly #queue = new KeyedQueue()

  constructor(options: { log: EventLog; timeline: TimelineStore; projections: Projections; clock: Clock }) {
    this.#log = options.log
    this.#timeline = options.timeline
    this.#projections = options.projections
    this.#clock = options.clock
  }

  /** The message as it is now: 404 when it does not exist, 503 when that cannot be known yet. */
  async read(target: Target): Promise<Result<StoredMessage, ApiError>> {
    const current = await this.#current(target)
    return current.ok ? ok(current.value.message) : current
  }

  /** Decides on the current message and appends; decides again when somebody else was faster. */
  change(
    target: Target,
    decide: (
      message: StoredMessage,
    ) => Result<MessageDecision, ApiError> | Promise<Result<MessageDecision, ApiError>>,
  ): Promise<Result<void, ApiError>> {
    const requestId = `c:${randomUUID()}`
    const since = this.#clock.monotonic()
    return this.#queue.run(target.messageId, async () => {
      if (this.#clock.monotonic() - since > QUEUED_MS) return refuse('OVERLOADED')
      for (let attempt = 0; attempt < REFUSALS_IN_A_ROW; attempt++) {
        const current = await this.#current(target)
        if (!current.ok) return current
        const decision = await decide(current.value.message)
        if (!decision.ok) return decision
        if (!decision.value) return ok(undefined)
        const event = {
          ...decision.value,
          subject: messageSubject(target.aggregate, target.messageId),
          schema: SCHEMAS[decision.value.type],
        } as NewEvent
        const appended = await this.#log.append(event, { id: requestId, expectedLast: current.value.last })
        if (appended.ok) {
          const stored = { ...event, position: appended.value.position } as LogEvent
          await this.#timeline.apply([stored]).catch(() => {}) // committed: the indexer applies it again
          return ok(undefined)
        }
        if (appended.error.code !== 'wrong_last') return refuse('OVERLOADED')
      }
      return refuse('OVERLOADED')
    })
  }

  async #current(target: Target): Promise<Result<{ message: StoredMessage; last: Position }, ApiError>> {
    const subject = messageSubject(target.aggregate, target.messageId)
    const last = await this.#log.last(subject)
    if (last) await this.#applyBeyond(subject, last.position)
    const get = () => this.#timeline.get(target.channelId, target.messageId, target.viewer)
    let message = await get()
    if (!message && !(last?.type === 'MESSAGE_DELETE')) {
      if (!(await this.#caughtUp())) return refuse('OVERLOADED')
      message = await get()
    }
    if (!message) return refuse('UNKNOWN_MESSAGE')
    return ok({ message, last: last?.position ?? START })
  }

  /** The timeline may be behind the log: writes commute, so what is missing is simply applied. */
  async #applyBeyond(subject: string, last: Position): Promise<void> {
    const confirmed = await this.#projections.position('timeline')
    if (confirmed >= last) return
    await this.#timeline.apply(await this.#log.read({ after: confirmed, limit: 10_000, subject }))
  }

  /** Has the timeline everything that was in the log when we asked? Only then is a missing message unknown. */
  async #caughtUp(): Promise<boolean> {
    const { last } = await this.#log.bounds()
    for (let waited = 0; ; waited += POLL_MS) {
      if ((await this.#projections.position('timeline')) >= last) return true
      if (waited >= CATCH_UP_MS) return false
      await this.#clock.sleep(POLL_MS)
    }
  }
}
