import type { LogEvent } from '#shared/ports/event-log.ts'
import type { AggregateKind } from '#shared/protocol/subjects.ts'
import type { Dispatch } from '../fold/dispatch.ts'
import type { SessionView } from '../fold/session-view.ts'

/** What guilds and conversations have in common: a chain of states, members, and who is sent what. */
export interface RoomKind<S extends { readonly version: number }> {
  readonly kind: Exclude<AggregateKind, 'user'>
  /** The state at a version of the chain; undefined when what it would take has passed retention. */
  readAt(id: string, version: number): Promise<S | undefined>
  /** The state before the first event. */
  readonly none: S
  evolve(state: S, event: LogEvent): S
  isMember(state: S, userId: string): boolean
  /** A new message moves the channel's head on, whoever hears it. */
  noteMessage(state: S, event: LogEvent): void
  /** Users whom an event may have made members: their sessions look whether it did. */
  newcomers(event: LogEvent): readonly string[]
  /** Does this session's shard serve the room at all? */
  serves(view: Pick<SessionView, 'shard'>, id: string): boolean
  dispatches(view: SessionView, event: LogEvent, before: S, after: S): Dispatch[]
  /** May the session be sent events of the channel with this intent, in this state? */
  hears(view: SessionView, state: S, channelId: string, intent: number): boolean
  intentFor(type: string): number
  /** What a session is sent when the room comes into its sight. */
  enter(view: SessionView, state: S): Dispatch
}
