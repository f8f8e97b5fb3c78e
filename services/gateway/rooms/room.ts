import type { LogEvent } from '#shared/ports/event-log.ts'
import type { Dispatch } from '../fold/dispatch.ts'
import { isSilent, payloadFor } from '../fold/message-fold.ts'
import type { SessionView } from '../fold/session-view.ts'
import { type Frame, frameOf } from '../session/frame.ts'
import type { RoomKind } from './room-kind.ts'

/** What a room needs of a session. */
export interface Listener {
  readonly view: SessionView
  /** What follows from an event of the log, at the head. */
  hear(frame: Frame, event: LogEvent): void
  /** An ephemeral dispatch. */
  tell(frame: Frame): void
  left(room: Room): void
}

/** Throws away the room: the chain has a link that the state does not follow on. */
export class ChainGap extends Error {}

interface AnyState {
  readonly version: number
}

/** Everybody who is sent the same payload for one event shares its bytes. */
type FramesByPayload = Map<string, { readonly t: string; readonly frame: Frame }>

/** Old states kept for resumes. Each shares what did not change with its neighbours. */
const VERSIONS_KEPT = 1_000

/**
 * The actor of one guild or conversation on this gateway: its state at the head of the log, the local sessions
 * in it, and who hears what. It is called by the tail alone, one event at a time.
 */
export class Room<S extends AnyState = AnyState> {
  readonly kind: RoomKind<S>
  readonly id: string
  #state: S
  readonly #versions = new Map<number, S>()
  readonly #listeners = new Set<Listener>()
  /** Per channel and intent; dropped when anything that decides about it changes. */
  readonly #audiences = new Map<string, readonly Listener[]>()

  constructor(kind: RoomKind<S>, id: string, state: S) {
    this.kind = kind
    this.id = id
    this.#state = state
    this.#versions.set(state.version, state)
  }

  get state(): S {
    return this.#state
  }

  get listeners(): ReadonlySet<Listener> {
    return this.#listeners
  }

  /** The state at a version, if it is still in memory. */
  at(version: number): S | undefined {
    return this.#versions.get(version)
  }

  remember(state: S): void {
    this.#versions.set(state.version, state)
    if (this.#versions.size > VERSIONS_KEPT)
      this.#versions.delete(this.#versions.keys().next().value as number)
  }

  attach(listener: Listener): void {
    this.#listeners.add(listener)
    this.#audiences.clear()
  }

  detach(listener: Listener): void {
    this.#listeners.delete(listener)
    this.#audiences.clear()
  }

  /** Moves the state on without telling anybody. Versions that it has already are dropped [OUT-4]. */
  evolve(event: LogEvent): boolean {
    if (!('version' in event.facts)) return false
    const { version } = event.facts
    if (version <= this.#state.version) return false
    if (version > this.#state.version + 1) {
      throw new ChainGap(
        `${this.kind.kind} ${this.id} is at version ${this.#state.version}; the log is at ${version}`,
      )
    }
    this.#state = this.kind.evolve(this.#state, event)
    this.remember(this.#state)
    return true
  }

  /** One event of the log: moves the state on and sends everybody what follows from it. */
  apply(event: LogEvent, newcomers: Iterable<Listener>): void {
    if (!('version' in event.facts)) return this.#fanOut(event)
    const before = this.#state
    if (!this.evolve(event)) return
    const frames: FramesByPayload = new Map()
    for (const listener of this.#listeners) this.#tell(listener, event, before, frames)
    for (const listener of newcomers) {
      if (this.#listeners.has(listener) || !this.kind.isMember(this.#state, listener.view.userId)) continue
      this.#tell(listener, event, before, frames)
      this.attach(listener)
    }
    this.#audiences.clear()
    for (const listener of this.#listeners) {
      if (!this.kind.isMember(this.#state, listener.view.userId)) {
        this.detach(listener)
        listener.left(this as unknown as Room)
      }
    }
  }

  /** Sessions that hear a channel's events of one intent, whoever else is in the room. */
  audience(channelId: string, intent: number): readonly Listener[] {
    const key = `${channelId}:${intent}`
    let audience = this.#audiences.get(key)
    if (!audience) {
      audience = [...this.#listeners].filter(({ view }) =>
        this.kind.hears(view, this.#state, channelId, intent),
      )
      this.#audiences.set(key, audience)
    }
    return audience
  }

  #fanOut(event: LogEvent): void {
    if (!('channel_id' in event.facts) || isSilent(event)) return
    this.kind.noteMessage(this.#state, event)
    const t = event.type as Dispatch['t']
    const audience = this.audience(event.facts.channel_id as string, this.kind.intentFor(t))
    if (audience.length === 0) return
    const whole = frameOf({ t, d: event.d })
    const frames: FramesByPayload = new Map()
    for (const listener of audience) {
      const d = this.kind.kind === 'guild' ? payloadFor(listener.view, event) : event.d
      listener.hear(d === event.d ? whole : shared(frames, { t, d }), event)
    }
  }

  #tell(listener: Listener, event: LogEvent, before: S, frames: FramesByPayload): void {
    for (const dispatch of this.kind.dispatches(listener.view, event, before, this.#state)) {
      listener.hear(shared(frames, dispatch), event)
    }
  }
}

function shared(frames: FramesByPayload, dispatch: Dispatch): Frame {
  const named = frames.get(dispatch.d)
  if (named?.t === dispatch.t) return named.frame
  const frame = frameOf(dispatch)
  frames.set(dispatch.d, { t: dispatch.t, frame })
  return frame
}
