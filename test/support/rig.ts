import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { loadConfig } from '#config/load.ts'
import { migratePostgres } from '#db/migrate.ts'
import { type Standalone, startStandalone } from '#services/standalone/service.ts'
import { type Adapters, openAdapters } from '#shared/adapters/open.ts'
import { systemClock } from '#shared/kernel/clock.ts'
import { createLogger } from '#shared/platform/logger.ts'
import { type Database, openDatabase } from '#shared/store/database.ts'
import { createDatabase } from './database.ts'

export interface Rig extends Standalone {
  readonly database: Database
  readonly adapters: Adapters
}

/**
 * The services in the test's own process on a database of their own, so that a test can put something between
 * them and a store (`wrap`).
 */
export async function startRig(wrap: (adapters: Adapters) => Partial<Adapters> = () => ({})): Promise<Rig> {
  const { url, drop } = await createDatabase()
  const dataDir = await mkdtemp(path.join(tmpdir(), 'guildhall-rig-'))
  await migratePostgres(url)
  const config = loadConfig({
    GUILDHALL_DATA_DIR: dataDir,
    GUILDHALL_HTTP_PORT: '0',
    GUILDHALL_GATEWAY_PORT: '0',
    GUILDHALL_RATE_LIMITS: 'off',
    GUILDHALL_LOG_LEVEL: 'silent',
  })
  if (!config.ok) throw new Error(JSON.stringify(config.error))
  const onTrouble = () => {}
  const database = openDatabase(url, { max: 12, onTrouble })
  const opened = await openAdapters(config.value, {
    pool: database.pool,
    postgresUrl: url,
    clock: systemClock,
    onTrouble,
  })
  const adapters = { ...opened, ...wrap(opened) }
  const logger = createLogger({ service: 'test', level: 'silent' })
  const server = await startStandalone({
    config: config.value,
    database,
    adapters,
    clock: systemClock,
    logger,
  })
  return {
    ...server,
    database,
    adapters,
    async stop() {
      await server.stop()
      await opened.close()
      await database.close()
      await drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
