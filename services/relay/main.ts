import { environment } from '#config/environment.ts'
import { loadServiceConfig } from '#config/load.ts'
import { openNatsStores } from '#shared/adapters/open-nats.ts'
import { createHttpServer } from '#shared/platform/http/http-server.ts'
import { runService } from '#shared/platform/service-process.ts'
import { whyAway } from '#shared/store/database.ts'
import { checkLogEnd } from '#shared/store/log-end.ts'
import { openServiceDatabase } from '#shared/store/open-service-database.ts'
import { OutboxAppender } from '#shared/store/outbox-appender.ts'
import { startRelay } from './service.ts'

await runService('relay', loadServiceConfig(environment, 'relay'), async (service) => {
  const { config } = service
  const database = await openServiceDatabase(config.postgres, service)
  const { log, ...nats } = await openNatsStores('relay', config.nats, service)
  await checkLogEnd(database, log)
  const appender = new OutboxAppender(database.db, log)
  const relay = startRelay({ database, log, appender, retentionMs: config.log.retentionMs, ...service })
  service.onStop(() => relay.stop())
  const http = await createHttpServer({ ...service, facts: async () => undefined })
  return { http, notReady: async () => nats.whyAway() ?? whyAway(database) }
})
