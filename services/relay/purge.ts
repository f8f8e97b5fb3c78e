import type { Clock } from '#shared/kernel/clock.ts'
import { asPosition } from '#shared/kernel/ids.ts'
import type { Logger } from '#shared/platform/logger.ts'
import type { EventLog } from '#shared/ports/event-log.ts'
import type { Database } from '#shared/store/database.ts'
import { purgeableUpTo, purgeOutbox } from '#shared/store/outbox-retention.ts'
import { Projections } from '#shared/store/projections.ts'

interface Deps {
  readonly database: Database
  readonly log: EventLog
  readonly retentionMs: number
  readonly clock: Clock
  readonly logger: Logger
}

/** Up to the age limit, never beyond what the projections and the outbox marks have confirmed [LOG-7]. */
export async function purge({ log, database, retentionMs, clock, logger }: Deps): Promise<void> {
  const projections = new Projections(database.pool)
  const limits = await Promise.all([
    log.positionAt(clock.now() - retentionMs),
    projections.position('timeline'),
    projections.position('channel_heads'),
    projections.position('mentions'),
    projections.position('audit_log'),
    purgeableUpTo(database.db, (at) => log.positionAt(at)),
  ])
  const upTo = asPosition(Math.min(...limits))
  const { first } = await log.bounds()
  if (upTo < first) return
  await projections.confirm('purged', upTo)
  await log.purge(upTo)
  await purgeOutbox(database.db, upTo)
  logger.info({ upTo }, 'the log was purged')
}
