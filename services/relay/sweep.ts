import type { Logger } from '#shared/platform/logger.ts'
import type { EventLog } from '#shared/ports/event-log.ts'
import type { Database } from '#shared/store/database.ts'
import type { OutboxAppender } from '#shared/store/outbox-appender.ts'
import { Projections } from '#shared/store/projections.ts'

/** Rows younger than this are still with whoever committed them. */
const LEFT_BEHIND_MS = 2_000
const AGGREGATES_A_SWEEP = 200

interface Deps {
  readonly database: Database
  readonly log: EventLog
  readonly appender: OutboxAppender
  readonly logger: Logger
}

/** Appends what a crash left in the outbox [OUT-3], and notes how far the log has come [LOG-8]. */
export async function sweep({ appender, log, database, logger }: Deps): Promise<void> {
  for (const aggregate of await appender.waiting(LEFT_BEHIND_MS, AGGREGATES_A_SWEEP)) {
    const appended = await appender.append(aggregate)
    if (!appended.ok)
      logger.warn({ err: appended.error.cause, aggregate }, 'rows of the outbox could not be appended yet')
  }
  await new Projections(database.pool).confirm('log', (await log.bounds()).last)
}
