import { randomUUID } from 'node:crypto'
import { environment } from '#config/environment.ts'
import { loadServiceConfig } from '#config/load.ts'
import { openMailer } from '#shared/adapters/open-mailer.ts'
import { openNatsStores } from '#shared/adapters/open-nats.ts'
import { createHttpServer } from '#shared/platform/http/http-server.ts'
import { SharedCells } from '#shared/platform/http/shared-cells.ts'
import { LINGER_MS, runService } from '#shared/platform/service-process.ts'
import { whyAway } from '#shared/store/database.ts'
import { checkLogEnd } from '#shared/store/log-end.ts'
import { openServiceDatabase } from '#shared/store/open-service-database.ts'
import { OutboxAppender } from '#shared/store/outbox-appender.ts'
import { readRequestFacts } from '#shared/store/request-facts.ts'
import { addAuth } from './service.ts'

await runService('auth', loadServiceConfig(environment, 'auth'), async (service) => {
  const { config } = service
  const database = await openServiceDatabase(config.postgres, service)
  const { log, bus } = await openNatsStores('auth', config.nats, service)
  await checkLogEnd(database, log)
  const http = await createHttpServer({
    ...service,
    sharedCells: new SharedCells({ ...service, bus, service: 'auth', node: randomUUID() }),
    facts: (query) => readRequestFacts(database.pool, query),
    trustedProxies: config.http.trustedProxies,
    origins: config.http.origins,
    rates: config.rates,
  })
  const auth = await addAuth({
    ...service,
    http,
    rateLimits: config.rateLimits,
    database,
    bus,
    mailer: openMailer(config.mail, service),
    appender: new OutboxAppender(database.db, log),
    emailConfirmation: config.accounts.emailConfirmation,
    publicUrl: () => config.http.publicUrl,
  })
  service.onStop(() => auth.stop())
  return { http, notReady: () => whyAway(database), lingerMs: LINGER_MS }
})
