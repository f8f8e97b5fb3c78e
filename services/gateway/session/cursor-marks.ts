import type { Position } from '#shared/kernel/ids.ts'
import type { Cursor } from '#shared/ports/session-store.ts'

const INTERVAL_MS = 1_000
/** Enough for two heartbeat intervals; then the oldest go, and the record stays a little further behind. */
const MOST = 128

/**
 * Where in the log a session was at which `s`, about one mark a second. A heartbeat that acknowledges `s` moves
 * the record to the newest mark at or below it, so a record is never ahead of its client [RES-2].
 */
export class CursorMarks {
  #marks: Cursor[] = []
  #markedAt = 0

  /** Before the first dispatch of the event at `next`: everything before it is in `s` dispatches. */
  note(s: number, next: Position, now: number): void {
    if (now - this.#markedAt < INTERVAL_MS) return
    this.#markedAt = now
    this.#marks.push({ s, position: (next - 1) as Position })
    if (this.#marks.length > MOST) this.#marks.shift()
  }

  /** The newest mark at or below an acknowledged `s`; older ones are forgotten. */
  acknowledged(s: number): Cursor | undefined {
    let found: Cursor | undefined
    while (this.#marks[0] && this.#marks[0].s <= s) found = this.#marks.shift()
    if (found) this.#marks.unshift(found)
    return found
  }
}
