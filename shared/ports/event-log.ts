import type { Position } from '#shared/kernel/ids.ts'
import type { Result } from '#shared/kernel/result.ts'
import type { NewEvent } from '#shared/protocol/events.ts'

export type LogEvent = NewEvent & { readonly position: Position }

export interface AppendOptions {
  /**
   * Stream-wide id for deduplication over a window of five minutes, restarts included [LOG-3]. A repeat appends
   * nothing and is answered with the first position, whatever the guard says.
   */
  readonly id?: string
  /** Append only if the subject's last event is at this position; 0: only if there is none (or it was purged). */
  readonly expectedLast?: Position
}

export interface Appended {
  readonly position: Position
  /** True when `id` had been appended before: `position` is the first one's. */
  readonly duplicate: boolean
}

export type AppendRefusal =
  /** The guard failed; `last` is the position that the subject's last event has. Nothing was appended. */
  | { readonly code: 'wrong_last'; readonly last: Position }
  /** The log takes nothing now (full, stopped, found rewound). Nothing was appended. */
  | { readonly code: 'refused'; readonly reason: string }
  /** No answer in time: it may have been appended. Ask again with the same id. */
  | { readonly code: 'unknown'; readonly cause: unknown }

/**
 * The one ordered log. Its positions are commit order: whoever reads position n has, from then on, every event
 * before n too [LOG-1].
 */
export interface EventLog {
  /** What an event of the outbox may have, as `bytesOf` counts: so much is taken for certain. */
  readonly mostEventBytes: number

  append(event: NewEvent, options?: AppendOptions): Promise<Result<Appended, AppendRefusal>>

  /** All or nothing, at consecutive positions, unguarded. `id` covers the batch; answered with its first position. */
  appendBatch(events: readonly NewEvent[], id?: string): Promise<Result<Appended, AppendRefusal>>

  /** The subject's last event that is still kept, from the leader: never stale. */
  last(subject: string): Promise<LogEvent | undefined>

  /** Events after a position in order, at most `limit`, of one subject or of all. */
  read(options: { after: Position; limit: number; subject?: string }): Promise<readonly LogEvent[]>

  /**
   * Every event after a position, in order, without gaps, as they come: in batches as they are found. Ends when
   * the signal aborts; throws when the position has left the log, or on an event of an unknown schema.
   */
  tail(after: Position, signal: AbortSignal): AsyncIterable<readonly LogEvent[]>

  /** The first position that is still kept, and the last that was ever given out (`first` = `last` + 1: empty). */
  bounds(): Promise<{ readonly first: Position; readonly last: Position }>

  /** The position of the last event that was appended before a time (ms since the Unix epoch); 0: none was. */
  positionAt(ms: number): Promise<Position>

  /** Forgets events up to and including a position. Idempotent. Positions do not move. */
  purge(upTo: Position): Promise<void>

  /** Begins a new epoch: the next position is at least `next`. Cursors before it have left the log [LOG-8]. */
  jump(next: Position): Promise<void>

  close(): Promise<void>
}
