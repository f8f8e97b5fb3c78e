import type { Config } from '#config/schema.ts'
import { addApi } from '#services/api/service.ts'
import { addAuth } from '#services/auth/service.ts'
import { startGateway } from '#services/gateway/service.ts'
import { startIndexer } from '#services/indexer/service.ts'
import { startRelay } from '#services/relay/service.ts'
import type { Clock } from '#shared/kernel/clock.ts'
import { answer } from '#shared/platform/http/answers.ts'
import { addHealth } from '#shared/platform/http/health.ts'
import { createHttpServer } from '#shared/platform/http/http-server.ts'
import { closeHttp, listen } from '#shared/platform/http/listen.ts'
import { isOwnHost } from '#shared/platform/http/own-host.ts'
import { addPage } from '#shared/platform/http/page.ts'
import type { Logger } from '#shared/platform/logger.ts'
import { Metrics } from '#shared/platform/metrics.ts'
import type { BlobStore } from '#shared/ports/blob-store.ts'
import type { Bus } from '#shared/ports/bus.ts'
import type { EventLog } from '#shared/ports/event-log.ts'
import type { Mailer } from '#shared/ports/mailer.ts'
import type { MessageSearch } from '#shared/ports/message-search.ts'
import type { PendingUploads } from '#shared/ports/pending-uploads.ts'
import type { SessionStore } from '#shared/ports/session-store.ts'
import type { SocketServer, SocketServerOptions } from '#shared/ports/socket-server.ts'
import type { TimelineStore } from '#shared/ports/timeline-store.ts'
import { type Database, whyAway } from '#shared/store/database.ts'
import { checkLogEnd } from '#shared/store/log-end.ts'
import { OutboxAppender } from '#shared/store/outbox-appender.ts'
import { PostgresKeptAnswers } from '#shared/store/postgres-kept-answers.ts'
import { readRequestFacts } from '#shared/store/request-facts.ts'

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
    readonly pendingUploads: PendingUploads
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
    trustedProxies: config.http.trustedProxies,
    origins: config.http.origins,
    rates: config.rates,
    keptAnswers: new PostgresKeptAnswers({ db: database.db, keptMs: config.idempotencyMs }),
  })
  const stops: (() => Promise<void>)[] = []
  try {
    const gateway = await startGateway({
      ...config.gateway,
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
    const auth = await addAuth({
      ...common,
      ...adapters,
      emailConfirmation: config.accounts.emailConfirmation,
    })
    stops.push(() => auth.stop())
    const mostImageBytes = config.images.mostBytes
    const api = await addApi({
      ...common,
      ...adapters,
      liveSessions: adapters.records,
      presences: gateway.presences,
      mostImageBytes,
      gatewayUrl,
    })
    stops.push(() => api.stop())
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
    addHealth(http, metrics, async () => (stopping ? 'stopping' : whyAway(database)))
    http.get('/dev/inbox.json', { schema: { hide: true } }, async (request, reply) =>
      isOwnHost(request.headers.host, publicUrl())
        ? adapters.mailer.list()
        : answer(reply, { code: 'MISSING_ACCESS' }),
    )
    await addPage(http, '/dev/inbox', 'dev-inbox.html')
    httpUrl = await listen(http, config.http.host, config.http.port)
    stops.push(() => closeHttp(http, clock))
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

/** The name by which the client reached us: the gateway is there too. */
function hostnameOf(host: string): string {
  try {
    const { hostname } = new URL(`http://${host}`)
    return hostname === '0.0.0.0' ? 'localhost' : hostname
  } catch {
    return 'localhost'
  }
}
