import path from 'node:path'
import { command } from '#config/command.ts'
import { environment } from '#config/environment.ts'
import { loadConfig } from '#config/load.ts'
import { newEpoch } from '#services/indexer/new-epoch/new-epoch.ts'
import { openPostgresEventLog } from '#shared/adapters/event-log/postgres-event-log.ts'
import { PostgresMessageSearch } from '#shared/adapters/message-search/postgres-message-search.ts'
import { PostgresTimelineStore } from '#shared/adapters/timeline-store/postgres-timeline-store.ts'
import { systemClock } from '#shared/kernel/clock.ts'
import { say } from '#shared/platform/terminal.ts'
import { openDatabase } from '#shared/store/database.ts'
import { lockDataFolder } from '../data-folder.ts'
import { startEmbeddedPostgres } from '../embedded-postgres.ts'

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
      const timeline = new PostgresTimelineStore(database.pool)
      const search = new PostgresMessageSearch(database.pool)
      await newEpoch({ database, log, timeline, search, clock: systemClock }, say)
      return []
    } finally {
      await log.close()
      await database.close()
      await postgres.stop()
      await lock.value[Symbol.asyncDispose]()
    }
  },
})
