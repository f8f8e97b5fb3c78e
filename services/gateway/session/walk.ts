import type { Position } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import { type ParsedSubject, parseSubject } from '#shared/protocol/subjects.ts'
import type { Dispatch } from '../fold/dispatch.ts'
import { ownsConversations, type SessionView } from '../fold/session-view.ts'
import type { LogWindow } from '../rooms/log-window.ts'
import { type AnyRoom, type Rooms, roomKey } from '../rooms/rooms.ts'

interface Place {
  readonly room: AnyRoom
  // biome-ignore lint/suspicious/noExplicitAny: rooms of both kinds stand side by side
  state: any
}

/**
 * One session's own way through the log, from a position to the head: while it connects, after a RESUME, and
 * when a guild has to be loaded first. Each room's state goes along, from what it was at the beginning [RES-3].
 */
export class Walk {
  readonly places = new Map<string, Place>()
  /** Rooms that will be entered by whoever walks: their events are left out until then. */
  readonly expected = new Set<string>()
  position: Position
  readonly #view: SessionView
  readonly #rooms: Rooms
  readonly #window: LogWindow
  readonly #emit: (dispatch: Dispatch, event: LogEvent) => void
  readonly #room: () => Promise<void> | undefined
  readonly #isGone: () => boolean
  #stopped = false

  constructor(options: {
    view: SessionView
    from: Position
    rooms: Rooms
    window: LogWindow
    emit: (dispatch: Dispatch, event: LogEvent) => void
    /** Resolves when there is room for what is emitted next; undefined: at once. */
    room?: () => Promise<void> | undefined
    /** Nobody is there any more for whom to read on. */
    isGone?: () => boolean
  }) {
    this.#view = options.view
    this.position = options.from
    this.#rooms = options.rooms
    this.#window = options.window
    this.#emit = options.emit
    this.#room = options.room ?? (() => undefined)
    this.#isGone = options.isGone ?? (() => false)
  }

  get atHead(): boolean {
    return this.position >= this.#window.head
  }

  /** Whoever walks has had enough. */
  stop(): void {
    this.#stopped = true
  }

  /** To the head of the log; 'gone': the position or whoever walks is not there any more, or it was stopped. Check `atHead` after awaiting. */
  async run(): Promise<'head' | 'gone'> {
    while (!this.atHead) {
      const events = await this.#page(this.position)
      if (events === 'gone') return 'gone'
      for (const event of events) {
        const pending = this.#step(event)
        if (pending) await pending
        this.position = event.position
        if (this.#stopped) return 'gone'
        const room = this.#room()
        if (room) await room
      }
      if (!this.atHead) await new Promise((resolve) => setImmediate(resolve))
    }
    return 'head'
  }

  /**
   * Takes up rooms as they were at the walk's position, and so the membership that the user had then [RES-4].
   * 'gone': the states of that time, or the position, can no longer be had, or whoever walks is gone.
   */
  async begin(keys: Iterable<string>): Promise<'ready' | 'gone'> {
    const wanted = new Set(keys)
    let seen = this.position
    while (seen < this.#window.head) {
      const page = await this.#page(seen)
      if (page === 'gone') return 'gone'
      for (const event of page) if (endsGuild(event)) wanted.add(keyOf(parseSubject(event.subject)))
      seen = page.at(-1)?.position ?? seen
    }
    const rooms = new Map<string, AnyRoom>()
    for (const key of wanted) rooms.set(key, await this.#rooms.acquire(key))
    const firstVersions = new Map<string, number>()
    seen = this.position
    for (;;) {
      while (seen < this.#window.head) {
        const page = await this.#page(seen)
        if (page === 'gone') return this.#abandon(rooms)
        noteFirstVersions(page, rooms, firstVersions)
        seen = page.at(-1)?.position ?? seen
      }
      // The tail may have moved on while that was awaited: from here to the end nothing is.
      const missing = [...rooms].filter(
        ([key, room]) => room.at(versionFor(room, firstVersions.get(key))) === undefined,
      )
      if (missing.length === 0) {
        for (const [key, room] of rooms)
          this.#take(key, room, room.at(versionFor(room, firstVersions.get(key))))
        return 'ready'
      }
      for (const [key, room] of missing) {
        const state = await room.kind.readAt(room.id, versionFor(room, firstVersions.get(key)))
        if (!state) return this.#abandon(rooms)
        room.remember(state)
      }
    }
  }

  /** Puts the walker into a room as it is at the head. Only there. */
  enter(key: string, room: AnyRoom): void {
    this.places.set(key, { room, state: room.state })
  }

  /** Lets go of every room. */
  end(): void {
    for (const key of this.places.keys()) this.#rooms.release(key)
    this.places.clear()
  }

  async #page(after: Position): Promise<readonly LogEvent[] | 'gone'> {
    return this.#isGone() ? 'gone' : this.#window.page(after)
  }

  #take(key: string, room: AnyRoom, state: unknown): void {
    if (room.kind.isMember(state, this.#view.userId) && room.kind.serves(this.#view, room.id)) {
      this.places.set(key, { room, state })
    } else this.#rooms.release(key)
  }

  #abandon(rooms: ReadonlyMap<string, AnyRoom>): 'gone' {
    for (const key of rooms.keys()) this.#rooms.release(key)
    return 'gone'
  }

  #step(event: LogEvent): Promise<void> | undefined {
    const subject = parseSubject(event.subject)
    if (subject.kind === 'user') {
      if (subject.id === this.#view.userId && ownsConversations(this.#view))
        this.#emit({ t: event.type, d: event.d }, event)
      return undefined
    }
    const key = keyOf(subject)
    const place = this.places.get(key)
    if (place) {
      this.#follow(key, place, event)
      return undefined
    }
    return this.#enters(key, subject, event) ? this.#comeIn(key, event) : undefined
  }

  #follow(key: string, place: Place, event: LogEvent): void {
    const before = place.state
    if ('version' in event.facts) {
      if (event.facts.version <= before.version) return
      place.state = place.room.at(event.facts.version) ?? place.room.kind.evolve(before, event)
    }
    for (const dispatch of place.room.kind.dispatches(this.#view, event, before, place.state))
      this.#emit(dispatch, event)
    if (place.room.kind.isMember(place.state, this.#view.userId)) return
    this.places.delete(key)
    this.#rooms.release(key)
  }

  #enters(key: string, subject: ParsedSubject, event: LogEvent): boolean {
    const kind = this.#rooms.kind(subject.kind)
    return (
      subject.part === 'v' &&
      kind !== undefined &&
      !this.expected.has(key) &&
      kind.serves(this.#view, subject.id) &&
      kind.newcomers(event).includes(this.#view.userId)
    )
  }

  async #comeIn(key: string, event: LogEvent): Promise<void> {
    const { version } = event.facts as { version: number }
    const room = await this.#rooms.acquire(key)
    const state = room.at(version) ?? (await room.kind.readAt(room.id, version))
    if (!state) throw new Error(`${key} cannot be read at version ${version}`)
    if (!room.kind.isMember(state, this.#view.userId)) return this.#rooms.release(key)
    for (const dispatch of room.kind.dispatches(this.#view, event, room.kind.none, state))
      this.#emit(dispatch, event)
    this.places.set(key, { room, state })
  }
}

const keyOf = ({ kind, id }: ParsedSubject): string => roomKey(kind, id)

/** A guild that is gone is no longer among the user's, but was at an earlier position. */
const endsGuild = (event: LogEvent): boolean => event.type === 'GUILD_DELETE'

/** Of rooms, the version of the first relational event in a stretch of the log, which comes page by page. */
function noteFirstVersions(
  page: readonly LogEvent[],
  rooms: ReadonlyMap<string, AnyRoom>,
  versions: Map<string, number>,
): void {
  for (const event of page) {
    if (!('version' in event.facts)) continue
    const key = keyOf(parseSubject(event.subject))
    if (rooms.has(key) && !versions.has(key)) versions.set(key, event.facts.version)
  }
}

/** The version at the beginning of the stretch: the one before its first event, or the one at the head. */
const versionFor = (room: AnyRoom, first: number | undefined): number =>
  first === undefined ? room.state.version : first - 1
