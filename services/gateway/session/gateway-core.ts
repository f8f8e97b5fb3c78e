import type { Clock } from '#shared/kernel/clock.ts'
import type { Position } from '#shared/kernel/ids.ts'
import type { Logger } from '#shared/platform/logger.ts'
import type { PresenceActor } from '#shared/platform/presence-actor.ts'
import type { Bus } from '#shared/ports/bus.ts'
import type { SessionStore } from '#shared/ports/session-store.ts'
import type { Identity } from '#shared/store/identity-store.ts'
import type { PersonalState, Places } from '#shared/store/personal-state.ts'
import type { LogWindow } from '../rooms/log-window.ts'
import type { Rooms } from '../rooms/rooms.ts'
import type { Friends } from './friends.ts'
import type { Flusher } from './outbound.ts'
import type { RecordMoves } from './record-moves.ts'
import type { SessionIndex } from './session-index.ts'

/** What the connections of one gateway share. */
export interface GatewayCore {
  readonly node: string
  readonly clock: Clock
  readonly logger: Logger
  readonly bus: Bus
  readonly window: LogWindow
  readonly rooms: Rooms
  readonly sessions: SessionIndex
  readonly records: SessionStore
  readonly recordMoves: RecordMoves
  readonly presences: PresenceActor
  readonly friends: Friends
  readonly flusher: Flusher
  readonly heartbeatIntervalMs: number
  /** The URL that READY tells a client to resume on, for a host as the client addressed us. */
  resumeUrl(host: string): string
  /** How many revocations of tokens this gateway has heard of. */
  revocations(): number
  /** Resolves when the tail has fanned out everything up to a position. */
  reached(position: Position): Promise<void>
  logBounds(): Promise<{ readonly first: Position; readonly last: Position }>
  identify(tokenHash: Buffer, head: Position): Promise<Identity | undefined>
  /** Of a person, with mentions up to a position. */
  personalState(userId: string, places: Places, asOf: Position): Promise<PersonalState>
  /** Ids of a person's friends. */
  friendsOf(userId: string): Promise<string[]>
  newSessionId(): string
}
