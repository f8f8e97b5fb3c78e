import { command } from '#config/command.ts'
import { environment } from '#config/environment.ts'
import { loadServiceConfig } from '#config/load.ts'
import { openNatsStores } from '#shared/adapters/open-nats.ts'
import { openProjections } from '#shared/adapters/open-projections.ts'
import { say } from '#shared/platform/terminal.ts'
import { whileOpen } from '#shared/platform/while-open.ts'
import { openServiceDatabase } from '#shared/store/open-service-database.ts'
import { newEpoch } from './new-epoch.ts'

const HELP = `npm run log:epoch:cluster
Begins a new epoch of a cluster's event log: the next position is a multiple of 2^40 beyond every one that was ever
seen. Run it once after a store was restored from an older copy, with every service stopped, with the settings of the
indexer and the rights of the migrations. Clients identify anew afterwards. Nothing else is lost but what the copy did
not have.`

await command(import.meta.url, {
  help: HELP,
  run: async () => {
    const config = loadServiceConfig(environment, 'indexer')
    if (!config.ok) return config.error.map(({ key, problem }) => `${key} ${problem}`)
    return whileOpen(say, async (service) => {
      const database = await openServiceDatabase(config.value.postgres, service)
      const { log } = await openNatsStores('new-epoch', config.value.nats, service)
      const { timeline, search } = await openProjections(config.value, service)
      await newEpoch({ database, log, timeline, search, clock: service.clock }, say)
      return []
    })
  },
})
