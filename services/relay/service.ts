import type { Clock } from '#shared/kernel/clock.ts'
import type { Logger } from '#shared/platform/logger.ts'
import type { Metrics } from '#shared/platform/metrics.ts'
import { Repeating } from '#shared/platform/repeating.ts'
import type { EventLog } from '#shared/ports/event-log.ts'
import { expireAuditLog } from '#shared/store/audit-log.ts'
import { expireAttempts } from '#shared/store/create-attempts.ts'
import type { Database } from '#shared/store/database.ts'
import { expireMentions } from '#shared/store/mentions.ts'
import type { OutboxAppender } from '#shared/store/outbox-appender.ts'
import { countUnappended } from '#shared/store/outbox-retention.ts'
import { purge } from './purge.ts'
import { sweep } from './sweep.ts'

const SWEEP_MS = 1_000
const PURGE_MS = 60_000

interface Options {
  readonly database: Database
  readonly log: EventLog
  readonly appender: OutboxAppender
  readonly retentionMs: number
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Appends what a crash left in the outbox, purges the log behind its projections, and watches its end. */
export function startRelay(options: Options): { stop(): Promise<void> } {
  const { clock, logger, metrics, database } = options
  const stopping = new AbortController()
  metrics.gauge('guildhall_outbox_unappended', 'Outbox rows that are not known to be in the log', () =>
    countUnappended(database.db),
  )
  metrics.gauge(
    'guildhall_log_first_position',
    'First position that the log still has',
    async () => (await options.log.bounds()).first,
  )
  metrics.gauge(
    'guildhall_log_last_position',
    'Last position that the log has given out',
    async () => (await options.log.bounds()).last,
  )
  const every = (pauseMs: number, what: string, work: () => Promise<void>) => {
    const failed = (error: unknown) => logger.error({ err: error }, `${what} failed; it is tried again`)
    return new Repeating({ clock, pauseMs, work, failed }).run(stopping.signal)
  }
  const running = [
    every(SWEEP_MS, 'the sweep of the outbox', () => sweep(options)),
    every(PURGE_MS, 'the purge of the log', () => purge(options)),
    every(PURGE_MS, 'the end of old notes', () => expireAttempts(database.db)),
    every(PURGE_MS, 'the end of old audit entries', () => expireAuditLog(database.db, clock.now())),
    every(PURGE_MS, 'the end of old mentions', () => expireMentions(database.db, clock.now())),
  ]
  return {
    async stop() {
      stopping.abort()
      await Promise.all(running)
    },
  }
}
