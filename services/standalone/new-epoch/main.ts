import path from 'node:path'
import { command } from '#config/command.ts'
import { environment } from '#config/environment.ts'
import { loadConfig } from '#config/load.ts'
import { startIndexer } from '#services/indexer/service.ts'
import { openPostgresEventLog } from '#shared/adapters/event-log/postgres-event-log.ts'
import { PostgresMessageSearch } from '#shared/adapters/message-search/postgres-message-search.ts'
import { PostgresTimelineStore } from '#shared/adapters/timeline-store/postgres-timeline-store.ts'
import { systemClock } from '#shared/kernel/clock.ts'
import { createLogger } from '#shared/platform/logger.ts'
import { Metrics } from '#shared/platform/metrics.ts'
import { say } from '#shared/platform/terminal.ts'
import type { EventLog } from '#shared/ports/event-log.ts'
import { type Database, openDatabase } from '#shared/store/database.ts'
import { beginEpoch } from '#shared/store/log-end.ts'
import { Projections } from '#shared/store/projections.ts'
import { lockDataFolder } from '../data-folder.ts'
import { startEmbeddedPostgres } from '../embedded-postgres.ts'

const PROJECTIONS = ['timeline', 'search', 'channel_heads'] as const

const HELP = `npm run log:epoch
Begins a new epoch of the event log in GUILDHALL_DATA_DIR: the next position is a multiple of 2^40 beyond every one
that was ever seen. Run it once after a store was restored from an older copy; the server must be stopped.
Clients identify anew afterwards. Nothing else is lost but what the copy did not have.`

await command(import.meta.url, {
  help: HELP,
  run: async () => {
    const config = loadConfig(environment)
    if (!config.ok) return config.error.map(({ key, problem }) => `${key} ${problem}`)
    const lock = await lockDataFolder(config.value.dataDir)
    if (!lock.ok) return [lock.error.message]
    const postgres = await startEmbeddedPostgres({ folder: path.join(config.value.dataDir, 'postgres') })
    const database = openDatabase(postgres.url, { max: 2, onTrouble: (error) => say(String(error)) })
    const log = await openPostgresEventLog({ url: postgres.url, clock: systemClock })
    try {
      await caughtUp(database, log)
      const { last } = await log.bounds()
      const next = await beginEpoch(database, log)
      say(`the log goes on at ${next}; it ended at ${last}`)
      return []
    } finally {
      await log.close()
      await database.close()
      await postgres.stop()
      await lock.value[Symbol.asyncDispose]()
    }
  },
})

/** What the projections have not applied yet would be gone with the old epoch. */
async function caughtUp(database: Database, log: EventLog): Promise<void> {
  const projections = new Projections(database.pool)
  const indexer = startIndexer({
    database,
    log,
    timeline: new PostgresTimelineStore(database.pool),
    search: new PostgresMessageSearch(database.pool),
    clock: systemClock,
    logger: createLogger({ service: 'new-epoch', level: 'warn' }),
    metrics: new Metrics(),
  })
  for (const name of PROJECTIONS) {
    while ((await log.read({ after: await projections.position(name), limit: 1 })).length > 0) {
      await systemClock.sleep(50)
    }
    say(`${name} has everything`)
  }
  await indexer.stop()
}
