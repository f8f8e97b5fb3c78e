import type { Position } from '#shared/kernel/ids.ts'
import type { Platform } from '#shared/protocol/platform.ts'
import type { PresenceUpdate } from '#shared/protocol/presence-update.ts'

/** What a RESUME needs to know of a session, beside its cursor. */
export interface SessionRecord {
  readonly session_id: string
  readonly user_id: string
  readonly application_id: string | null
  readonly intents: number
  readonly shard: readonly [number, number] | null
  /** Guilds of more members come without the others. */
  readonly large_threshold: number
  /** Version of the visibility rules by which its dispatches were counted. */
  readonly rules: number
  /** Left out: web. */
  readonly platform?: Platform
  /** What it said of itself last, since clients do not say it again after a RESUME; left out: nothing. */
  readonly presence?: PresenceUpdate
}

/** The session's dispatch number `s` and every log event up to `position` have reached the client. */
export interface Cursor {
  readonly s: number
  readonly position: Position
}

/** Who is there: has a session that is connected, or that may still be resumed. */
export interface LiveSessions {
  hasAny(userId: string): Promise<boolean>
}

/** Session records: they live for the resume window after the last move, on any gateway. */
export interface SessionStore extends LiveSessions {
  /** Creates, or replaces as a whole. */
  create(record: SessionRecord, cursor: Cursor): Promise<void>
  read(sessionId: string): Promise<{ readonly record: SessionRecord; readonly cursor: Cursor } | undefined>
  /**
   * Moves cursors forward and renews their life; one that is behind what is kept only renews. Unknown sessions
   * are ignored, so that a late move does not bring a removed session back.
   */
  move(moves: readonly { readonly session_id: string; readonly cursor: Cursor }[]): Promise<void>
  /** The record's presence from now on. Unknown sessions are ignored. */
  keepPresence(sessionId: string, presence: PresenceUpdate): Promise<void>
  remove(sessionId: string): Promise<void>
  removeOfUser(userId: string): Promise<void>
}
