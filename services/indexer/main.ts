import { environment } from '#config/environment.ts'
import { loadServiceConfig } from '#config/load.ts'
import { openNatsStores } from '#shared/adapters/open-nats.ts'
import { openProjections } from '#shared/adapters/open-projections.ts'
import { createHttpServer } from '#shared/platform/http/http-server.ts'
import { runService } from '#shared/platform/service-process.ts'
import { whyAway } from '#shared/store/database.ts'
import { checkLogEnd } from '#shared/store/log-end.ts'
import { openServiceDatabase } from '#shared/store/open-service-database.ts'
import { startIndexer } from './service.ts'

await runService('indexer', loadServiceConfig(environment, 'indexer'), async (service) => {
  const { config } = service
  const database = await openServiceDatabase(config.postgres, service)
  const { log, ...nats } = await openNatsStores('indexer', config.nats, service)
  await checkLogEnd(database, log)
  const indexer = startIndexer({ ...service, ...(await openProjections(config, service)), database, log })
  service.onStop(() => indexer.stop())
  const http = await createHttpServer({ ...service, facts: async () => undefined })
  return { http, notReady: async () => nats.whyAway() ?? whyAway(database) }
})
