import { asPosition, type Position, START } from '#shared/kernel/ids.ts'
import type { EventLog, LogEvent } from '#shared/ports/event-log.ts'
import { bytesOf } from '#shared/protocol/events.ts'

/** Events kept in memory: most resumes are served from them without reading the log. */
const CAPACITY = 50_000
const USUAL_BYTES = 128 * 1024 * 1024
const PAGE = 1_000

/** The newest stretch of the log as this gateway has tailed it. `head` is the last position it has fanned out. */
export class LogWindow {
  readonly #log: EventLog
  readonly #mostBytes: number
  /** In position order; positions may have gaps (other epochs), so slices are found by binary search. */
  #events: LogEvent[] = []
  /** Of each of them, as text. */
  #sizes: number[] = []
  #bytes = 0
  #head: Position = START
  /** Everything after this position, up to head, is in `#events`. */
  #floor: Position = START

  /** @param mostBytes of events in memory, as text */
  constructor(log: EventLog, mostBytes = USUAL_BYTES) {
    this.#log = log
    this.#mostBytes = mostBytes
  }

  get head(): Position {
    return this.#head
  }

  get floor(): Position {
    return this.#floor
  }

  startAt(position: Position): void {
    this.#events = []
    this.#sizes = []
    this.#bytes = 0
    this.#head = position
    this.#floor = position
  }

  push(event: LogEvent): void {
    const size = sizeOf(event)
    this.#events.push(event)
    this.#sizes.push(size)
    this.#bytes += size
    this.#head = event.position
    if (this.#events.length >= CAPACITY * 2 || this.#bytes > this.#mostBytes) this.#forget()
  }

  /** Events after a position up to the head, at most so many; undefined: they are no longer (or not yet) in memory. */
  since(after: Position, limit = Number.POSITIVE_INFINITY): readonly LogEvent[] | undefined {
    if (after < this.#floor) return undefined
    const from = this.#indexAfter(after)
    return this.#events.slice(from, from + limit)
  }

  /**
   * The next of them, a thousand at most, from the log where memory does not reach; none: it was the head. 'gone' when
   * the position has left the log or is beyond its end: a cursor that cannot be continued.
   */
  async page(after: Position): Promise<readonly LogEvent[] | 'gone'> {
    const recent = this.since(after, PAGE)
    if (recent) return after > this.#head ? 'gone' : recent
    const page = await this.#log.read({ after, limit: PAGE })
    // Afterwards: what is purged in between would be a hole in the page.
    const { first } = await this.#log.bounds()
    if (after < first - 1) return 'gone'
    const known = page.filter((event) => event.position <= this.#head)
    return known.length > 0 ? known : 'gone'
  }

  /** The oldest, down to half of what may be there: not at each event. */
  #forget(): void {
    let from = 0
    for (; from < this.#events.length - 1; from++) {
      if (this.#events.length - from <= CAPACITY && this.#bytes <= this.#mostBytes / 2) break
      this.#bytes -= this.#sizes[from] as number
    }
    this.#events = this.#events.slice(from)
    this.#sizes = this.#sizes.slice(from)
    this.#floor = asPosition((this.#events[0] as LogEvent).position - 1)
  }

  #indexAfter(position: Position): number {
    let low = 0
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#events[middle] as LogEvent).position <= position) low = middle + 1
      else high = middle
    }
    return low
  }
}

const sizeOf = ({ facts, d }: LogEvent): number => bytesOf(JSON.stringify(facts), d)
