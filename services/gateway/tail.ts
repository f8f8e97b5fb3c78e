import type { Clock } from '#shared/kernel/clock.ts'
import { type Deferred, deferred } from '#shared/kernel/deferred.ts'
import type { Position } from '#shared/kernel/ids.ts'
import type { Logger } from '#shared/platform/logger.ts'
import type { EventLog, LogEvent } from '#shared/ports/event-log.ts'
import { parseSubject } from '#shared/protocol/subjects.ts'
import { ownsConversations } from './fold/session-view.ts'
import type { LogWindow } from './rooms/log-window.ts'
import { type AnyRoom, type Rooms, roomKey } from './rooms/rooms.ts'
import { frameOf } from './session/frame.ts'
import type { Session } from './session/session.ts'
import type { SessionIndex } from './session/session-index.ts'

/** Events fanned out before other work of the process gets its turn. */
const SLICE = 64

interface Options {
  readonly log: EventLog
  readonly window: LogWindow
  readonly rooms: Rooms
  readonly sessions: SessionIndex
  readonly clock: Clock
  readonly logger: Logger
  /** A live session has to come into a room that is not loaded. */
  readonly fallBehind: (session: Session, event: LogEvent) => void
  /** A room has moved on from a state by an event, and told its sessions. */
  readonly applied: (room: AnyRoom, event: LogEvent, before: unknown) => void
  /** An event of its user alone, for a live session. */
  readonly ofUser: (session: Session, event: LogEvent) => void
  /** A live session has come into a room. */
  readonly entered: (session: Session, room: AnyRoom) => void
}

/** Reads the log and hands each event to whom it concerns: the only place that moves rooms on. */
export class Tail {
  readonly #options: Options
  #waiting: { position: Position; done: Deferred<void> }[] = []

  constructor(options: Options) {
    this.#options = options
  }

  /** Resolves when the head is at or beyond a position. */
  reached(position: Position): Promise<void> {
    if (this.#options.window.head >= position) return Promise.resolve()
    const done = deferred<void>()
    this.#waiting.push({ position, done })
    return done.promise
  }

  /** From the window's head until the signal aborts. A consumer that breaks begins again where it was. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, window, clock, logger } = this.#options
    while (!signal.aborted) {
      try {
        for await (const events of log.tail(window.head, signal)) await this.#take(events)
      } catch (error) {
        logger.error({ err: error }, 'the tail of the log broke; it begins again where it was')
        await clock.sleep(500, signal)
        await this.#startOverIfLost()
      }
    }
  }

  /**
   * A gateway that was away for so long that the log was purged beyond its head, or that a new epoch began, has
   * missed events for good: its sessions go elsewhere or identify anew, and it follows the log from its end.
   */
  async #startOverIfLost(): Promise<void> {
    const { log, window, rooms, sessions, logger } = this.#options
    const bounds = await log.bounds().catch(() => undefined)
    if (!bounds || (window.head >= bounds.first - 1 && window.head <= bounds.last)) return
    logger.error(
      { head: window.head, ...bounds },
      'the log does not go on from here; every session starts over',
    )
    for (const session of [...sessions.all()]) session.outbound.drop()
    rooms.clear()
    window.startAt(bounds.last)
    this.#wake(bounds.last)
  }

  async #take(events: readonly LogEvent[]): Promise<void> {
    for (let index = 0; index < events.length; index++) {
      const event = events[index] as LogEvent
      this.#options.window.push(event)
      this.#apply(event)
      this.#wake(event.position)
      if (index % SLICE === SLICE - 1) await new Promise((resolve) => setImmediate(resolve))
    }
  }

  #apply(event: LogEvent): void {
    const subject = parseSubject(event.subject)
    if (subject.kind === 'user') return this.#tellUser(subject.id, event)
    const { rooms } = this.#options
    const key = roomKey(subject.kind, subject.id)
    const room = rooms.loaded(key)
    const newcomers = subject.part === 'v' ? this.#newcomers(rooms, subject.kind, subject.id, event) : []
    if (!room) {
      for (const session of newcomers) this.#options.fallBehind(session, event)
      return
    }
    try {
      const before: unknown = room.state
      room.apply(event, newcomers)
      this.#options.applied(room, event, before)
      for (const session of newcomers) {
        if (!room.listeners.has(session) || session.rooms.has(key)) continue
        session.rooms.set(key, room)
        void rooms.acquire(key)
        this.#options.entered(session, room)
      }
    } catch (error) {
      this.#rebuild(key, room, error)
    }
  }

  #newcomers(rooms: Rooms, kindName: string, id: string, event: LogEvent): Session[] {
    const kind = rooms.kind(kindName)
    if (!kind) return []
    return kind
      .newcomers(event)
      .flatMap((userId) => [...this.#options.sessions.ofUser(userId)])
      .filter(
        (session) =>
          session.live && !session.rooms.has(roomKey(kindName, id)) && kind.serves(session.view, id),
      )
  }

  #tellUser(userId: string, event: LogEvent): void {
    const frame = frameOf({ t: event.type, d: event.d })
    for (const session of this.#options.sessions.ofUser(userId)) {
      if (!ownsConversations(session.view)) continue
      session.hear(frame, event)
      this.#options.ofUser(session, event)
    }
  }

  /** The supervisor of rooms: a room that threw is forgotten, and its sessions resume on one built anew. */
  #rebuild(key: string, room: AnyRoom, error: unknown): void {
    this.#options.logger.error({ err: error, room: key }, 'a room failed; its sessions resume')
    this.#options.rooms.drop(key)
    for (const listener of [...room.listeners]) (listener as Session).outbound.drop()
  }

  #wake(head: Position): void {
    if (this.#waiting.length === 0) return
    const due = this.#waiting.filter(({ position }) => position <= head)
    if (due.length === 0) return
    this.#waiting = this.#waiting.filter(({ position }) => position > head)
    for (const { done } of due) done.resolve()
  }
}
