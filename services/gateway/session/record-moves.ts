import type { Clock } from '#shared/kernel/clock.ts'
import type { Cursor, SessionStore } from '#shared/ports/session-store.ts'

const FLUSH_MS = 250

/** Gathers the moves of session records: one statement for all heartbeats of a quarter of a second. */
export class RecordMoves {
  readonly #store: SessionStore
  readonly #clock: Clock
  readonly #failed: (error: unknown) => void
  #waiting = new Map<string, Cursor>()

  constructor(options: { store: SessionStore; clock: Clock; failed: (error: unknown) => void }) {
    this.#store = options.store
    this.#clock = options.clock
    this.#failed = options.failed
  }

  add(sessionId: string, cursor: Cursor): void {
    if (this.#waiting.size === 0) this.#clock.after(FLUSH_MS, () => void this.flush())
    this.#waiting.set(sessionId, cursor)
  }

  /** A move that is lost leaves a record behind its client, which RESUME can continue from just as well. */
  async flush(): Promise<void> {
    const moves = [...this.#waiting].map(([session_id, cursor]) => ({ session_id, cursor }))
    this.#waiting = new Map()
    if (moves.length > 0) await this.#store.move(moves).catch(this.#failed)
  }
}
