import { type Deferred, deferred } from '#shared/kernel/deferred.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'

/** A reader this far behind reads the table again instead of holding everything in memory. */
const MOST_EVENTS = 20_000

/** What was committed while a tail was busy with earlier events: the wake-up within the process. */
export class TailQueue {
  #batches: (readonly LogEvent[])[] = []
  #size = 0
  #overrun = false
  #waiting: Deferred<void> | undefined

  constructor(signal: AbortSignal) {
    signal.addEventListener('abort', () => this.#wake(), { once: true })
  }

  push(events: readonly LogEvent[]): void {
    if (this.#size + events.length > MOST_EVENTS) {
      this.#overrun = true
      this.#batches = []
      this.#size = 0
    }
    if (!this.#overrun) {
      this.#batches.push(events)
      this.#size += events.length
    }
    this.#wake()
  }

  /** What came since the last call; 'overrun' once when it was too much to keep. */
  take(): readonly LogEvent[] | 'overrun' {
    if (this.#overrun) {
      this.#overrun = false
      return 'overrun'
    }
    const batches = this.#batches
    this.#batches = []
    this.#size = 0
    return batches.length === 1 ? (batches[0] as readonly LogEvent[]) : batches.flat()
  }

  /** Resolves when there is something to take, or when the signal aborts. */
  filled(): Promise<void> {
    if (this.#size > 0 || this.#overrun) return Promise.resolve()
    this.#waiting ??= deferred<void>()
    return this.#waiting.promise
  }

  #wake(): void {
    this.#waiting?.resolve()
    this.#waiting = undefined
  }
}
