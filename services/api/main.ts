import { randomUUID } from 'node:crypto'
import { environment } from '#config/environment.ts'
import { loadServiceConfig } from '#config/load.ts'
import { openBlobs } from '#shared/adapters/open-blobs.ts'
import { openNatsStores } from '#shared/adapters/open-nats.ts'
import { openProjections } from '#shared/adapters/open-projections.ts'
import { createHttpServer } from '#shared/platform/http/http-server.ts'
import { SharedCells } from '#shared/platform/http/shared-cells.ts'
import { Liveness } from '#shared/platform/liveness.ts'
import { PresenceActor } from '#shared/platform/presence-actor.ts'
import { LINGER_MS, runService } from '#shared/platform/service-process.ts'
import { whyAway } from '#shared/store/database.ts'
import { checkLogEnd } from '#shared/store/log-end.ts'
import { openServiceDatabase } from '#shared/store/open-service-database.ts'
import { OutboxAppender } from '#shared/store/outbox-appender.ts'
import { PostgresKeptAnswers } from '#shared/store/postgres-kept-answers.ts'
import { readRequestFacts } from '#shared/store/request-facts.ts'
import { addApi } from './service.ts'

await runService('api', loadServiceConfig(environment, 'api'), async (service) => {
  const { config } = service
  const database = await openServiceDatabase(config.postgres, service)
  const { log, bus, liveSessions } = await openNatsStores('api', config.nats, service)
  await checkLogEnd(database, log)
  const node = randomUUID()
  const presences = new PresenceActor({ bus, node })
  // Gateways tell who is here to whoever joins them.
  const gateways = new Liveness({ ...service, bus, service: 'gateway', node })
  gateways.watch(presences)
  gateways.join()
  service.onStop(() => gateways.leave())
  const http = await createHttpServer({
    ...service,
    sharedCells: new SharedCells({ ...service, bus, service: 'api', node }),
    facts: (query) => readRequestFacts(database.pool, query),
    trustedProxies: config.http.trustedProxies,
    origins: config.http.origins,
    rates: config.rates,
    keptAnswers: new PostgresKeptAnswers({ db: database.db, keptMs: config.idempotencyMs }),
  })
  const api = await addApi({
    ...service,
    ...(await openProjections(config, service)),
    http,
    rateLimits: config.rateLimits,
    database,
    log,
    bus,
    presences,
    liveSessions,
    blobs: openBlobs(config.s3, service),
    appender: new OutboxAppender(database.db, log),
    mostImageBytes: config.images.mostBytes,
    publicUrl: () => config.http.publicUrl,
    gatewayUrl: () => config.gateway.publicUrl,
  })
  service.onStop(() => api.stop())
  // Most of what is read needs no NATS.
  return { http, notReady: () => whyAway(database), lingerMs: LINGER_MS }
})
