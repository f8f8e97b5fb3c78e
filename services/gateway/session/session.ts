import type { Clock } from '#shared/kernel/clock.ts'
import type { Position } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import type { Cursor, SessionRecord } from '#shared/ports/session-store.ts'
import type { SessionView } from '../fold/session-view.ts'
import type { Listener, Room } from '../rooms/room.ts'
import { type Rooms, roomKey } from '../rooms/rooms.ts'
import { CursorMarks } from './cursor-marks.ts'
import type { Frame } from './frame.ts'
import type { Outbound } from './outbound.ts'

/** A session on this gateway: its count of durable dispatches, and which rooms it listens in while it is live. */
export class Session implements Listener {
  readonly record: SessionRecord
  readonly view: SessionView
  readonly tokenHash: string
  readonly outbound: Outbound
  /** Rooms that it is in; empty unless live. */
  readonly rooms = new Map<string, Room>()
  /** Who is a friend of its user, or no longer one, as far as it is known while it is live; undefined: nobody yet. */
  friends: Map<string, boolean> | undefined
  /** Whom a GUILD_CREATE has shown as there while it was connecting; undefined: nobody, or it is live. */
  shownAsThere: Set<string> | undefined
  /** When it last asked for all members of a guild, in monotonic ms; undefined: never. */
  wholeLists: Map<string, number> | undefined
  /** live: every event up to the head has been counted. Otherwise a walk is under way. */
  live = false
  /** The connection is over: a walk that still runs lets go at its end. */
  closed = false
  readonly #clock: Clock
  readonly #held: Pick<Rooms, 'release'>
  readonly #marks = new CursorMarks()
  #s: number
  /** Dispatches up to here reached the client before it resumed: counted, not sent. */
  readonly #silentUntil: number
  #lastPosition: Position

  constructor(options: {
    record: SessionRecord
    view: SessionView
    tokenHash: string
    outbound: Outbound
    clock: Clock
    /** Where it gives up the hold on a room that it was put out of. No closure: that would keep all of the opening. */
    held: Pick<Rooms, 'release'>
    cursor: Cursor
    silentUntil: number
  }) {
    this.record = options.record
    this.view = options.view
    this.tokenHash = options.tokenHash
    this.outbound = options.outbound
    this.#clock = options.clock
    this.#held = options.held
    this.#s = options.cursor.s
    this.#lastPosition = options.cursor.position
    this.#silentUntil = options.silentUntil
  }

  get s(): number {
    return this.#s
  }

  /** The next durable dispatch, made from a log event. */
  deliver(frame: Frame, event: LogEvent): void {
    if (event.position > this.#lastPosition) {
      this.#marks.note(this.#s, event.position, this.#clock.monotonic())
      this.#lastPosition = event.position
    }
    this.count(frame)
  }

  /** A room's word counts while the session is at the head; a walk comes to the same events by itself. */
  hear(frame: Frame, event: LogEvent): void {
    if (this.live) this.deliver(frame, event)
  }

  /** A durable dispatch that stands for a state (READY, GUILD_CREATE while connecting). */
  count(frame: Frame): void {
    this.#s++
    if (this.#s > this.#silentUntil) this.outbound.dispatch(frame, this.#s)
  }

  /** An ephemeral dispatch repeats the last `s` [SES-2]. */
  tell(frame: Frame): void {
    this.outbound.dispatch(frame, Math.max(this.#s, this.#silentUntil))
  }

  /** Where the record may move to, now that the client has acknowledged `seq`. */
  acknowledged(seq: number, head: Position): Cursor | undefined {
    if (this.live && seq === this.#s) return { s: seq, position: head }
    return seq > this.#s ? undefined : this.#marks.acknowledged(seq)
  }

  left(room: Room): void {
    const key = roomKey(room.kind.kind, room.id)
    if (this.rooms.delete(key)) this.#held.release(key)
  }
}
