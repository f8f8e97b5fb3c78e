import type { Config } from '#config/schema.ts'
import { addApi } from '#services/api/service.ts'
import { addAuth } from '#services/auth/service.ts'
import { startGateway } from '#services/gateway/service.ts'
import { startIndexer } from '#services/indexer/service.ts'
import { startRelay } from '#services/relay/service.ts'
import type { Clock } from '#shared/kernel/clock.ts'
import { createHttpServer } from '#shared/platform/http/http-server.ts'
import type { Logger } from '#shared/platform/logger.ts'
import { Metrics } from '#shared/platform/metrics.ts'
import type { BlobStore } from '#shared/ports/blob-store.ts'
import type { Bus } from '#shared/ports/bus.ts'
import type { EventLog } from '#shared/ports/event-log.ts'
import type { Mailer } from '#shared/ports/mailer.ts'
import type { MessageSearch } from '#shared/ports/message-search.ts'
import type { SessionStore } from '#shared/ports/session-store.ts'
import type { SocketServer, SocketServerOptions } from '#shared/ports/socket-server.ts'
import type { TimelineStore } from '#shared/ports/timeline-store.ts'
import type { Database } from '#shared/store/database.ts'
import { checkLogEnd } from '#shared/store/log-end.ts'
import { OutboxAppender } from '#shared/store/outbox-appender.ts'
import { readRequestFacts } from '#shared/store/request-facts.ts'
import { addPages } from './pages.ts'

/** For requests under way when the server stops. Connections that have asked for nothing yet wait as long. */
const DRAIN_MS = 5_000

interface Options {
  readonly config: Config
  readonly database: Database
  readonly adapters: {
    readonly log: EventLog
    readonly bus: Bus
    readonly records: SessionStore
    readonly timeline: TimelineStore
    readonly search: MessageSearch
    readonly blobs: BlobStore
    readonly mailer: Mailer & { list(): Promise<unknown[]> }
    readonly listen: (options: SocketServerOptions) => Promise<SocketServer>
  }
  readonly clock: Clock
  readonly logger: Logger
}

export interface Standalone {
  readonly httpUrl: string
  readonly gatewayUrl: string
  readonly sockets: string
  /** In reverse order of starting: sessions are told to resume, requests under way are finished. */
  stop(): Promise<void>
}

/** Every service in one process. It has no behaviour of its own. */
export async function startStandalone({
  config,
  database,
  adapters,
  clock,
  logger,
}: Options): Promise<Standalone> {
  const { log } = adapters
  await checkLogEnd(database, log)
  const metrics = new Metrics()
  const appender = new OutboxAppender(database.db, log)
  let stopping = false
  let httpUrl = ''
  const http = await createHttpServer({
    logger,
    metrics,
    clock,
    facts: (query) => readRequestFacts(database.pool, query),
  })
  const stops: (() => Promise<void>)[] = []
  try {
    const gateway = await startGateway({
      host: config.gateway.host,
      port: config.gateway.port,
      publicUrl: config.gateway.publicUrl,
      heartbeatIntervalMs: config.gateway.heartbeatIntervalMs,
      database,
      log,
      bus: adapters.bus,
      records: adapters.records,
      listen: adapters.listen,
      logger,
      metrics,
      clock,
    })
    stops.push(() => gateway.stop())
    const publicUrl = () => config.http.publicUrl ?? httpUrl
    const gatewayUrl = (host: string) =>
      config.gateway.publicUrl ?? `ws://${hostnameOf(host)}:${gateway.port}`
    const common = { http, rateLimits: config.rateLimits, database, appender, clock, logger, publicUrl }
    const auth = addAuth({ ...common, ...adapters, emailConfirmation: config.accounts.emailConfirmation })
    stops.push(() => auth.stop())
    await addApi({ ...common, ...adapters, gatewayUrl })
    const indexer = startIndexer({ database, ...adapters, clock, logger, metrics })
    stops.push(() => indexer.stop())
    const relay = startRelay({
      database,
      log,
      appender,
      retentionMs: config.log.retentionMs,
      clock,
      logger,
      metrics,
    })
    stops.push(() => relay.stop())
    await addPages(http, {
      metrics,
      inbox: () => adapters.mailer.list(),
      notReady: async () => {
        if (stopping) return 'stopping'
        return database.pool.query('select 1').then(
          () => undefined,
          () => 'the database is away',
        )
      },
    })
    httpUrl = urlOf(config.http.host, await listen(http, config.http.host, config.http.port))
    stops.push(async () => {
      const cancel = clock.after(DRAIN_MS, () => http.server.closeAllConnections())
      await http.close()
      cancel()
    })
    return {
      httpUrl,
      gatewayUrl: gatewayUrl(`${config.gateway.host}:${gateway.port}`),
      sockets: gateway.description,
      async stop() {
        stopping = true
        for (const stop of stops.splice(0).reverse()) await stop()
      },
    }
  } catch (error) {
    for (const stop of stops.splice(0).reverse()) await stop()
    await http.close()
    throw error
  }
}

async function listen(
  http: Awaited<ReturnType<typeof createHttpServer>>,
  host: string,
  port: number,
): Promise<number> {
  await http.listen({ host, port })
  const address = http.server.address()
  return typeof address === 'object' && address ? address.port : port
}

const urlOf = (host: string, port: number): string =>
  `http://${host === '0.0.0.0' || host === '::' ? 'localhost' : host}:${port}`

/** The name by which the client reached us: the gateway is there too. */
function hostnameOf(host: string): string {
  try {
    const { hostname } = new URL(`http://${host}`)
    return hostname === '0.0.0.0' ? 'localhost' : hostname
  } catch {
    return 'localhost'
  }
}
