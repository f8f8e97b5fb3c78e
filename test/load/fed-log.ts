import { asPosition, type Position } from '#shared/kernel/ids.ts'
import type { EventLog, LogEvent } from '#shared/ports/event-log.ts'
import type { NewEvent } from '#shared/protocol/events.ts'

/**
 * An event log whose tail is fed by hand: what a gateway reads of it costs nothing to store or fetch, and what
 * is fed at once is read at once. All else is the log's that it begins with. Nothing may be appended to that one.
 */
export class FedLog implements EventLog {
  readonly #log: EventLog
  #last: Position
  #batches: LogEvent[][] = []
  #wake = () => {}

  private constructor(log: EventLog, last: Position) {
    this.#log = log
    this.#last = last
  }

  static async on(log: EventLog): Promise<FedLog> {
    return new FedLog(log, (await log.bounds()).last)
  }

  feed(events: readonly NewEvent[]): void {
    this.#batches.push(
      events.map((event) => {
        this.#last = asPosition(this.#last + 1)
        return { ...event, position: this.#last }
      }),
    )
    this.#wake()
  }

  async *tail(_after: Position, signal: AbortSignal): AsyncGenerator<readonly LogEvent[]> {
    signal.addEventListener('abort', () => this.#wake(), { once: true })
    while (!signal.aborted) {
      const batch = this.#batches.shift()
      if (batch) yield batch
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }

  async bounds(): Promise<{ first: Position; last: Position }> {
    return { ...(await this.#log.bounds()), last: this.#last }
  }

  readonly mostEventBytes = Number.POSITIVE_INFINITY
  readonly append: EventLog['append'] = () => Promise.reject(new Error('a fed log takes nothing'))
  readonly appendBatch: EventLog['appendBatch'] = () => Promise.reject(new Error('a fed log takes nothing'))
  readonly last: EventLog['last'] = (subject) => this.#log.last(subject)
  readonly read: EventLog['read'] = (options) => this.#log.read(options)
  readonly positionAt: EventLog['positionAt'] = (ms) => this.#log.positionAt(ms)
  readonly purge: EventLog['purge'] = (upTo) => this.#log.purge(upTo)
  readonly jump: EventLog['jump'] = (next) => this.#log.jump(next)
  readonly close: EventLog['close'] = () => this.#log.close()
}
