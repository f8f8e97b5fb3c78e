import type { Session } from './session.ts'

/** The live sessions of people by their friends, whose presence they are told without a common guild. */
export class Friends {
  readonly #sessions = new Map<string, Set<Session>>()

  /** Sessions of this user's friends. */
  of(userId: string): Iterable<Session> {
    return this.#sessions.get(userId) ?? []
  }

  set(session: Session, userId: string, isFriend: boolean): void {
    session.friends ??= new Map()
    session.friends.set(userId, isFriend)
    const sessions = this.#sessions.get(userId) ?? new Set()
    if (isFriend) sessions.add(session)
    else sessions.delete(session)
    if (sessions.size > 0) this.#sessions.set(userId, sessions)
    else this.#sessions.delete(userId)
  }

  drop(session: Session): void {
    for (const userId of session.friends?.keys() ?? []) this.set(session, userId, false)
  }
}
