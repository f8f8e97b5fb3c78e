import type { EventLog } from '#shared/ports/event-log.ts'
import type { ManualClock } from '../manual-clock.ts'

/** What a suite can do with a store; what it cannot is not among its tests. */
export interface Capabilities {
  readonly moveTime: boolean
  /** Where only one process may append. */
  readonly openSecond: boolean
}

/** What a suite needs around a log, beside the port itself. */
export interface EventLogStore {
  /** As it is open now. */
  readonly log: EventLog
  /** Closes the log and opens the same store, as a new process does. */
  reopen(): Promise<EventLog>
  /** Opens the store while the first log lives. Only where one process may append. */
  openSecond?(): Promise<EventLog>
  /** Cuts the appender off from its store, whatever it is doing. */
  crash?(): Promise<void>
  /** Puts an event at the end of the store that this build would not append, and reopens the log. */
  plant(event: { subject: string; type: string; schema: number; facts: string; d: string }): Promise<void>
  /** The time by which dedupe ids are forgotten, where it can be moved. */
  readonly clock?: ManualClock
  close(): Promise<void>
}
