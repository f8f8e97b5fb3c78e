import { asSnowflake, type Position } from '#shared/kernel/ids.ts'
import type { EventLog, LogEvent } from '#shared/ports/event-log.ts'
import { parseSubject, relationalSubject, subjectOf } from '#shared/protocol/subjects.ts'
import type { Database } from '#shared/store/database.ts'
import { versionBefore } from '#shared/store/outbox-base.ts'
import { Projections } from '#shared/store/projections.ts'
import type { LogWindow } from './log-window.ts'
import { Room } from './room.ts'
import type { RoomKind } from './room-kind.ts'

/** Rooms without listeners that are kept current, so that a storm of reconnecting clients finds them loaded. */
const IDLE_KEPT = 500

// biome-ignore lint/suspicious/noExplicitAny: rooms of both kinds share one registry; each knows its own state
export type AnyKind = RoomKind<any>
// biome-ignore lint/suspicious/noExplicitAny: see AnyKind
export type AnyRoom = Room<any>

interface Entry {
  readonly loading: Promise<AnyRoom>
  room: AnyRoom | undefined
  holders: number
}

export const roomKey = (kind: string, id: string): string => `${kind}:${id}`

/** The rooms of this gateway: loaded when a session needs one, moved on by the tail. */
export class Rooms {
  readonly #log: EventLog
  readonly #database: Database
  readonly #projections: Projections
  readonly #window: LogWindow
  readonly #kinds: ReadonlyMap<string, AnyKind>
  readonly #reached: (position: Position) => Promise<void>
  readonly #entries = new Map<string, Entry>()

  constructor(options: {
    log: EventLog
    database: Database
    window: LogWindow
    kinds: readonly AnyKind[]
    /** Resolves when the tail's head is at or beyond a position. */
    reached: (position: Position) => Promise<void>
  }) {
    this.#log = options.log
    this.#database = options.database
    this.#projections = new Projections(options.database.pool)
    this.#window = options.window
    this.#kinds = new Map(options.kinds.map((kind) => [kind.kind, kind]))
    this.#reached = options.reached
  }

  get size(): number {
    return this.#entries.size
  }

  kind(name: string): AnyKind | undefined {
    return this.#kinds.get(name)
  }

  /** The room at the head of the log, if it is loaded. */
  loaded(key: string): AnyRoom | undefined {
    return this.#entries.get(key)?.room
  }

  all(): AnyRoom[] {
    return [...this.#entries.values()].flatMap((entry) => entry.room ?? [])
  }

  /** Loads the room if need be and holds it until `release`. */
  async acquire(key: string): Promise<AnyRoom> {
    let entry = this.#entries.get(key)
    if (!entry) {
      const created: Entry = {
        loading: this.#load(key, (room) => (created.room = room)),
        room: undefined,
        holders: 0,
      }
      entry = created
      this.#entries.set(key, created)
      created.loading.catch(() => {
        if (this.#entries.get(key) === created) this.#entries.delete(key)
      })
    }
    entry.holders++
    return entry.loading
  }

  release(key: string): void {
    const entry = this.#entries.get(key)
    if (!entry) return
    entry.holders--
    if (entry.holders > 0 || this.#entries.size <= IDLE_KEPT) return
    for (const [idle, { holders, room }] of this.#entries) {
      if (holders <= 0 && room?.listeners.size === 0) {
        this.#entries.delete(idle)
        return
      }
    }
  }

  /** Forgets a room that failed; its sessions come back by RESUME and load it anew. */
  drop(key: string): void {
    this.#entries.delete(key)
  }

  /** Forgets all rooms: the log does not go on from where they are. */
  clear(): void {
    this.#entries.clear()
  }

  /**
   * The state from which the log is followed: that of the aggregate's last event in the log, whatever Postgres
   * has beyond it undone, then moved on to the head [LOG-12], with the messages that the projection of channel heads has not
   * had yet. From `loaded` on the tail moves it.
   */
  async #load(key: string, loaded: (room: AnyRoom) => void): Promise<AnyRoom> {
    const [name, id] = key.split(':') as [string, string]
    const kind = this.#kinds.get(name)
    if (!kind) throw new Error(`there are no rooms of kind ${name}`)
    const aggregate = { kind: kind.kind, id: asSnowflake(id) }
    const from = this.#window.head
    const subject = relationalSubject(aggregate)
    // Before the heads are read: they have at least what comes up to here.
    const [last, projected] = await Promise.all([
      this.#log.last(subject),
      this.#projections.position('channel_heads'),
    ])
    const version = last ? versionOf(last) : await versionBefore(this.#database.db, aggregate, from)
    const state = await kind.readAt(id, version)
    if (!state) throw new Error(`${key} cannot be read at version ${version}: its outbox rows are gone`)
    if (last) await this.#reached(last.position)
    const room = new Room(kind, id, state)
    const missed = this.#window.since(from)
    if (!missed) throw new Error(`loading ${key} took longer than the window of the log`)
    for (const event of missed) if (event.subject === subject) room.evolve(event)
    const said = subjectOf(aggregate)
    for (const event of this.#window.since(atLeast(projected, this.#window.floor)) ?? [])
      if (event.subject === said) kind.noteMessage(room.state, event)
    loaded(room)
    return room
  }

  /** The loaded room that an event is about. */
  of(event: LogEvent): AnyRoom | undefined {
    const { kind, id } = parseSubject(event.subject)
    return this.loaded(roomKey(kind, id))
  }
}

const atLeast = (position: Position, least: Position): Position => (position < least ? least : position)

function versionOf(event: LogEvent): number {
  if (!('version' in event.facts))
    throw new Error(`${event.type} on ${event.subject} is not a relational event`)
  return event.facts.version
}
