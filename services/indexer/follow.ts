import type { Clock } from '#shared/kernel/clock.ts'
import { asPosition, type Position } from '#shared/kernel/ids.ts'
import type { Logger } from '#shared/platform/logger.ts'
import type { EventLog, LogEvent } from '#shared/ports/event-log.ts'
import type { ProjectionName, Projections } from '#shared/store/projections.ts'

const PAUSE_MS = 1_000
/** Events gather for so long before they are applied together: nobody waits for a projection. */
const GATHER_MS = 50

/**
 * Keeps one projection at the log's end: applies, then confirms, so that a crash in between only applies again.
 * A failure is tried again from the confirmed position; nothing is skipped. What the log has purged had been
 * confirmed by every projection that holds back the purge; the others are built anew.
 */
export async function follow(options: {
  readonly name: ProjectionName
  readonly log: EventLog
  readonly projections: Projections
  /** @param from up to where everything has been applied */
  readonly apply: (events: readonly LogEvent[], from: Position) => Promise<void>
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
        await apply(events, applied)
        const { position } = events.at(-1) as LogEvent
        // Somebody had everything applied once more: from the beginning, then.
        if (!(await projections.confirm(name, position, applied))) break
        applied = position
        await clock.sleep(GATHER_MS, signal)
      }
    } catch (error) {
      if (signal.aborted) return
      logger.error({ err: error, projection: name }, 'a projection stopped; it goes on from where it was')
      await clock.sleep(PAUSE_MS, signal)
    }
  }
}
