import path from 'node:path'
import type { Config } from '#config/schema.ts'
import { migratePostgres } from '#db/migrate.ts'
import { openAdapters } from '#shared/adapters/open.ts'
import { systemClock } from '#shared/kernel/clock.ts'
import { err, ok, type Result } from '#shared/kernel/result.ts'
import { createLogger } from '#shared/platform/logger.ts'
import { openDatabase } from '#shared/store/database.ts'
import { lockDataFolder } from './data-folder.ts'
import { EmbeddedPostgresError, startEmbeddedPostgres } from './embedded-postgres.ts'
import { type Standalone, startStandalone } from './service.ts'

export interface RunningServer extends Standalone {
  /** Resolves with the reason when the server cannot go on. */
  readonly failed: Promise<string>
}

/** The whole server on one data folder: lock, Postgres, migrations, adapters, services. */
export async function compose(
  config: Config,
  say: (line: string) => void,
): Promise<Result<RunningServer, string>> {
  const logger = createLogger({ service: 'standalone', level: config.log.level })
  let stopping = false
  const onTrouble = (error: unknown) => {
    if (!stopping)
      logger.warn({ reason: error instanceof Error ? error.message : error }, 'the database has trouble')
  }
  const lock = await lockDataFolder(config.dataDir)
  if (!lock.ok) return err(lock.error.message)
  const undo: (() => Promise<void>)[] = [async () => lock.value[Symbol.asyncDispose]()]
  const unwind = async () => {
    stopping = true
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    say('starting Postgres …')
    const postgres = await startEmbeddedPostgres({ folder: path.join(config.dataDir, 'postgres') })
    undo.push(() => postgres.stop())
    await migratePostgres(postgres.url, say)
    const database = openDatabase(postgres.url, { max: 16, onTrouble })
    undo.push(() => database.close())
    const adapters = await openAdapters(config, {
      pool: database.pool,
      postgresUrl: postgres.url,
      clock: systemClock,
      onTrouble,
    })
    undo.push(() => adapters.close())
    const server = await startStandalone({ config, database, adapters, clock: systemClock, logger })
    undo.push(() => server.stop())
    return ok({
      ...server,
      stop: unwind,
      failed: postgres.exited.then(() => 'Postgres ended; its log is in postgres.log in the data folder'),
    })
  } catch (error) {
    await unwind()
    if (isMendable(error)) return err(error.message)
    throw error
  }
}

/** Errors that tell a person what to do: no stack trace helps him. */
function isMendable(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  const { code } = error as { code?: string }
  return (
    error instanceof EmbeddedPostgresError ||
    code === 'EADDRINUSE' ||
    code === 'EACCES' ||
    /^(cannot listen|the event log ends)/.test(error.message)
  )
}
