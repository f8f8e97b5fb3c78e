import type { Cursor, SessionRecord, SessionStore } from '#shared/ports/session-store.ts'
import { Lost, type Server } from '../engine/link.ts'
import type { SimProcess } from '../engine/process.ts'

const LOST = { lost: () => new Lost('the session store is away') }

interface Kept {
  readonly record: SessionRecord
  cursor: Cursor
}

/** What the store was told, for the checks: a session's base, and how far its record moved. */
export interface SessionObserver {
  created(record: SessionRecord, cursor: Cursor): void
  moved(sessionId: string, cursor: Cursor): void
  removed(sessionId: string): void
}

/** Session records that outlive every process. */
export class SimulatedSessions {
  readonly #server: Server
  readonly #observer: SessionObserver
  readonly #kept = new Map<string, Kept>()

  constructor(server: Server, observer: SessionObserver) {
    this.#server = server
    this.#observer = observer
  }

  port(process: SimProcess): SessionStore {
    const call = <T>(what: string, run: () => T) => this.#server.call(process, what, run, LOST)
    return {
      create: (record, cursor) =>
        call(`create ${record.session_id} ${cursor.s}@${cursor.position}`, () => {
          this.#observer.created(record, cursor)
          this.#kept.set(record.session_id, { record, cursor })
        }),
      read: (sessionId) =>
        call(`read ${sessionId}`, () => {
          const kept = this.#kept.get(sessionId)
          return kept && { record: kept.record, cursor: kept.cursor }
        }),
      move: (moves) =>
        call(
          `move ${moves.map(({ session_id, cursor }) => `${session_id} ${cursor.s}@${cursor.position}`)}`,
          () => {
            for (const { session_id, cursor } of moves) this.#move(session_id, cursor)
          },
        ),
      keepPresence: (sessionId, presence) =>
        call(`presence of ${sessionId}`, () => {
          const kept = this.#kept.get(sessionId)
          if (kept) this.#kept.set(sessionId, { ...kept, record: { ...kept.record, presence } })
        }),
      remove: (sessionId) =>
        call(`remove ${sessionId}`, () => {
          this.#remove(sessionId)
        }),
      hasAny: (userId) =>
        call(`any of ${userId}`, () =>
          [...this.#kept.values()].some(({ record }) => record.user_id === userId),
        ),
      removeOfUser: (userId) =>
        call(`remove of ${userId}`, () => {
          for (const [id, { record }] of this.#kept) if (record.user_id === userId) this.#remove(id)
        }),
    }
  }

  #remove(sessionId: string): void {
    this.#kept.delete(sessionId)
    this.#observer.removed(sessionId)
  }

  #move(sessionId: string, { s, position }: Cursor): void {
    const kept = this.#kept.get(sessionId)
    if (!kept) return
    this.#observer.moved(sessionId, { s, position })
    if (s >= kept.cursor.s && position >= kept.cursor.position) kept.cursor = { s, position }
  }
}
