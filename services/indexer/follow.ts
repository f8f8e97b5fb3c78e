import type { Clock } from '#shared/kernel/clock.ts'
import { asPosition, type Position } from '#shared/kernel/ids.ts'
import type { Logger } from '#shared/platform/logger.ts'
import type { EventLog, LogEvent } from '#shared/ports/event-log.ts'
import type { ProjectionName, Projections } from '#shared/store/projections.ts'

const PAUSE_MS = 1_000
/** Events gather for so long before they are applied together. A person's READY waits for heads and mentions. */
const GATHER_MS: Readonly<Record<ProjectionName, number>> = {
  timeline: 200,
  search: 200,
  channel_heads: 50,
  mentions: 50,
  audit_log: 200,
}
/** Who gets so many at once is behind, and does not wait for more. */
const MANY = 500

/**
 * Applies events and confirms that.
 * @param from up to where everything has been applied
 * @returns false: it was set back behind that, and nothing is confirmed
 */
export type Apply = (events: readonly LogEvent[], from: Position) => Promise<boolean>

export const positionOf = (events: readonly LogEvent[]): Position => (events.at(-1) as LogEvent).position

/**
 * Keeps one projection at the log's end. A failure is tried again from the confirmed position; nothing is skipped. What
 * the log has purged had been confirmed by every projection that holds back the purge; the others are built anew.
 */
export async function follow(options: {
  readonly name: ProjectionName
  readonly log: EventLog
  readonly projections: Projections
  readonly apply: Apply
  /** Makes up for events that were purged before they were applied: everything up to the position. */
  readonly rebuild?: (upTo: Position) => Promise<void>
  readonly clock: Clock
  readonly logger: Logger
  readonly signal: AbortSignal
}): Promise<void> {
  const { name, log, projections, apply, clock, logger, signal } = options
  while (!signal.aborted) {
    try {
      const confirmed = await projections.position(name)
      const purged = asPosition((await log.bounds()).first - 1)
      if (confirmed < purged) {
        logger.warn({ projection: name, confirmed, purged }, 'the log begins later than the projection ended')
        await options.rebuild?.(purged)
        await projections.confirm(name, purged)
      }
      let applied = asPosition(Math.max(confirmed, purged))
      for await (const events of log.tail(applied, signal)) {
        // Somebody had everything applied once more: from the beginning, then.
        if (!(await apply(events, applied))) break
        applied = positionOf(events)
        if (events.length < MANY) await clock.sleep(GATHER_MS[name], signal)
      }
    } catch (error) {
      if (signal.aborted) return
      logger.error({ err: error, projection: name }, 'a projection stopped; it goes on from where it was')
      await clock.sleep(PAUSE_MS, signal)
    }
  }
}
