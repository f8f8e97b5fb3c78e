import type { Session } from './session.ts'

/** The sessions of this gateway by id and by user. */
export class SessionIndex {
  readonly #byId = new Map<string, Session>()
  readonly #byUser = new Map<string, Set<Session>>()

  get size(): number {
    return this.#byId.size
  }

  add(session: Session): void {
    this.#byId.set(session.record.session_id, session)
    const { userId } = session.view
    const own = this.#byUser.get(userId) ?? new Set()
    this.#byUser.set(userId, own)
    own.add(session)
  }

  remove(session: Session): void {
    const { userId } = session.view
    if (this.#byId.get(session.record.session_id) === session) this.#byId.delete(session.record.session_id)
    const own = this.#byUser.get(userId)
    own?.delete(session)
    if (own?.size === 0) this.#byUser.delete(userId)
  }

  get(sessionId: string): Session | undefined {
    return this.#byId.get(sessionId)
  }

  ofUser(userId: string): ReadonlySet<Session> {
    return this.#byUser.get(userId) ?? NONE
  }

  all(): IterableIterator<Session> {
    return this.#byId.values()
  }
}

const NONE: ReadonlySet<Session> = new Set()
