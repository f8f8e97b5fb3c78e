import path from 'node:path'
import { loadConfig } from '#config/load.ts'
import { startGateway } from '#services/gateway/service.ts'
import { startEmbeddedPostgres } from '#services/standalone/embedded-postgres.ts'
import { openAdapters } from '#shared/adapters/open.ts'
import { systemClock as clock } from '#shared/kernel/clock.ts'
import { asPosition } from '#shared/kernel/ids.ts'
import { createLogger } from '#shared/platform/logger.ts'
import { Metrics } from '#shared/platform/metrics.ts'
import type { NewEvent } from '#shared/protocol/events.ts'
import { openDatabase } from '#shared/store/database.ts'
import { PROJECTIONS, Projections } from '#shared/store/projections.ts'
import { collectGarbage } from './collect-garbage.ts'
import { FedLog } from './fed-log.ts'
import type { Bursts } from './floor-process.ts'
import { onSchedule } from './pace.ts'
import { serve } from './remote.ts'
import { stamp } from './stamp.ts'

/** Nobody sends heartbeats while deliveries are measured, and nobody is closed for it. */
const HEARTBEAT_MS = 3_600_000

let log: FedLog
let template: NewEvent
let stopPostgres = async () => {}

/**
 * The gateway in a process of its own, on the stores of a data folder whose server has stopped. It is composed as
 * the standalone server composes it; only its log is fed by hand, so that its CPU is that of delivering.
 */
const handlers = {
  start: async (dataDir: string): Promise<string> => {
    const config = loadConfig({ GUILDHALL_DATA_DIR: dataDir })
    if (!config.ok) throw new Error(JSON.stringify(config.error))
    const postgres = await startEmbeddedPostgres({ folder: path.join(dataDir, 'postgres') })
    stopPostgres = () => postgres.stop()
    const logger = createLogger({ service: 'gateway', level: 'warn' })
    const onTrouble = (error: unknown) => logger.warn({ err: error }, 'the database has trouble')
    const database = openDatabase(postgres.url, { max: 16, onTrouble })
    const adapters = await openAdapters(config.value, {
      pool: database.pool,
      postgresUrl: postgres.url,
      clock,
      onTrouble,
    })
    // No indexer is there to wait for.
    const marks = new Projections(database.pool)
    for (const name of PROJECTIONS) await marks.confirm(name, asPosition(Number.MAX_SAFE_INTEGER))
    template = await lastMessage(adapters.log)
    log = await FedLog.on(adapters.log)
    const gateway = await startGateway({
      ...{ ...adapters, log, database, logger, clock, metrics: new Metrics() },
      ...{ host: '127.0.0.1', port: 0, publicUrl: null, heartbeatIntervalMs: HEARTBEAT_MS },
    })
    return `ws://127.0.0.1:${gateway.port}`
  },
  burst: ({ times, k, everyMs }: Bursts) =>
    onSchedule({ times, everyMs }, (due) => {
      const d = template.d.replace(/"@\d{16}/, `"${stamp(due)}`)
      log.feed(Array.from({ length: k }, () => ({ ...template, d }) as NewEvent))
    }),
  stop: () => stopPostgres(),
  collectGarbage: () => collectGarbage(),
}

export type GatewayHandlers = typeof handlers

serve(handlers)

/** What a real message looks like in the log. */
async function lastMessage(from: Pick<FedLog, 'bounds' | 'read'>): Promise<NewEvent> {
  const { last } = await from.bounds()
  const events = await from.read({ after: asPosition(Math.max(0, last - 100)), limit: 100 })
  const found = events.findLast(({ type, d }) => type === 'MESSAGE_CREATE' && d.includes('"content":"@'))
  if (!found) throw new Error('the log holds no message with a stamp')
  return found
}
