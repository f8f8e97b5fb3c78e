import { environment } from '#config/environment.ts'
import { loadServiceConfig } from '#config/load.ts'
import { openNatsStores } from '#shared/adapters/open-nats.ts'
import { listenSockets } from '#shared/adapters/socket-server/open-socket-server.ts'
import { createHttpServer } from '#shared/platform/http/http-server.ts'
import { Liveness } from '#shared/platform/liveness.ts'
import { runService } from '#shared/platform/service-process.ts'
import { whyAway } from '#shared/store/database.ts'
import { checkLogEnd } from '#shared/store/log-end.ts'
import { openServiceDatabase } from '#shared/store/open-service-database.ts'
import { startGateway } from './service.ts'

await runService('gateway', loadServiceConfig(environment, 'gateway'), async (service) => {
  const { config } = service
  const database = await openServiceDatabase(config.postgres, service)
  const { log, bus, ...nats } = await openNatsStores('gateway', config.nats, service)
  await checkLogEnd(database, log)
  const records = await nats.openRecords(config.gateway.resumeWindowMs)
  const gateway = await startGateway({
    ...config.gateway,
    ...service,
    database,
    log,
    bus,
    records,
    liveness: (node) => new Liveness({ ...service, bus, service: 'gateway', node }),
    listen: listenSockets,
  })
  service.onStop(() => gateway.stop())
  const http = await createHttpServer({ ...service, facts: async () => undefined })
  const description = `gateway ws://${config.gateway.host}:${gateway.port}`
  return { http, notReady: async () => nats.whyAway() ?? whyAway(database), description }
})
