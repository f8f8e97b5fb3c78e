import type { Clock } from '#shared/kernel/clock.ts'
import { createLogger } from '#shared/platform/logger.ts'
import { Metrics } from '#shared/platform/metrics.ts'
import type { EventLog } from '#shared/ports/event-log.ts'
import type { MessageSearch } from '#shared/ports/message-search.ts'
import type { TimelineStore } from '#shared/ports/timeline-store.ts'
import type { Database } from '#shared/store/database.ts'
import { beginEpoch } from '#shared/store/log-end.ts'
import { PROJECTIONS, Projections } from '#shared/store/projections.ts'
import { startIndexer } from '../service.ts'

interface Stores {
  readonly database: Database
  readonly log: EventLog
  readonly timeline: TimelineStore
  readonly search: MessageSearch
  readonly clock: Clock
}

/** Applies what the log still has, and lets it go on beyond every position that was ever seen. */
export async function newEpoch(stores: Stores, say: (line: string) => void): Promise<void> {
  const { database, log } = stores
  await catchUp(stores, say)
  const { last } = await log.bounds()
  const next = await beginEpoch(database, log)
  say(`the log goes on at ${next}; it ended at ${last}`)
}

/** What the projections have not applied yet would be gone with the old epoch. */
async function catchUp(stores: Stores, say: (line: string) => void): Promise<void> {
  const { database, log, clock } = stores
  const projections = new Projections(database.pool)
  const { last } = await log.bounds()
  const positions = await Promise.all(PROJECTIONS.map((name) => projections.position(name)))
  // Those of a log that is older than they are cannot be tailed from.
  if (positions.every((position) => position >= last)) return
  const logger = createLogger({ service: 'new-epoch', level: 'warn' })
  const indexer = startIndexer({ ...stores, logger, metrics: new Metrics() })
  for (const name of PROJECTIONS) {
    while ((await log.read({ after: await projections.position(name), limit: 1 })).length > 0)
      await clock.sleep(50)
    say(`${name} has everything`)
  }
  await indexer.stop()
}
