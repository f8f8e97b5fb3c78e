import { command } from '#config/command.ts'
import { environment } from '#config/environment.ts'
import { loadServiceConfig } from '#config/load.ts'
import { say } from '#shared/platform/terminal.ts'
import { whileOpen } from '#shared/platform/while-open.ts'
import { openServiceDatabase } from '#shared/store/open-service-database.ts'
import { PROJECTIONS, Projections } from '#shared/store/projections.ts'

const HELP = `npm run projections:replay -- --PROJECTION …
Lets the indexers of a cluster apply everything that the event log has once more: after the store of a projection was
restored from a copy, or lost. Harmless at any time, since writes commute. Stop the indexers before, and start them
afterwards.
  --PROJECTION  ${PROJECTIONS.join(', ')}`

await command(import.meta.url, {
  help: HELP,
  flags: PROJECTIONS.map((name) => `--${name}`),
  run: async (given) => {
    const config = loadServiceConfig(environment, 'indexer')
    if (!config.ok) return config.error.map(({ key, problem }) => `${key} ${problem}`)
    const names = PROJECTIONS.filter((name) => given.has(`--${name}`))
    if (names.length === 0) return ['name a projection; see --help']
    return whileOpen(say, async (service) => {
      const database = await openServiceDatabase(config.value.postgres, service)
      const projections = new Projections(database.pool)
      for (const name of names) {
        await projections.startOver(name)
        say(`${name}: the indexers begin at the log's first event when they start`)
      }
      return []
    })
  },
})
