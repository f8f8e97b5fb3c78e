import type { Clock } from '#shared/kernel/clock.ts'
import { asPosition, type Position } from '#shared/kernel/ids.ts'
import type { Logger } from '#shared/platform/logger.ts'
import type { EventLog, LogEvent } from '#shared/ports/event-log.ts'
import type { ProjectionName, Projections } from '#shared/store/projections.ts'

const PAUSE_MS = 1_000

/**
 * Keeps one projection at the log's end: applies, then confirms, so that a crash in between only applies again.
 * A failure is tried again from the confirmed position; nothing is skipped.
 */
export async function follow(options: {
  readonly name: ProjectionName
  readonly log: EventLog
  readonly projections: Projections
  readonly apply: (events: readonly LogEvent[]) => Promise<void>
  readonly clock: Clock
  readonly logger: Logger
  readonly signal: AbortSignal
}): Promise<void> {
  const { name, log, projections, apply, clock, logger, signal } = options
  while (!signal.aborted) {
    try {
      const confirmed = await projections.position(name)
      for await (const events of log.tail(await startOf(log, confirmed), signal)) {
        await apply(events)
        await projections.confirm(name, (events.at(-1) as LogEvent).position)
      }
    } catch (error) {
      if (signal.aborted) return
      logger.error({ err: error, projection: name }, 'a projection stopped; it goes on from where it was')
      await clock.sleep(PAUSE_MS, signal)
    }
  }
}

/** What was purged had been confirmed by every projection that holds back the purge; search may begin later. */
async function startOf(log: EventLog, confirmed: Position): Promise<Position> {
  const { first } = await log.bounds()
  return asPosition(Math.max(confirmed, first - 1))
}
