import { command } from '#config/command.ts'
import { environment } from '#config/environment.ts'
import { loadServiceConfig } from '#config/load.ts'
import type { ConfigOf } from '#config/schema.ts'
import { cqlOptions, openSearchOptions } from '#shared/adapters/open-projections.ts'
import { systemClock } from '#shared/kernel/clock.ts'
import { openDatabase } from '#shared/store/database.ts'
import { Projections } from '#shared/store/projections.ts'
import { migratePostgres } from './migrate.ts'
import { migrateNats } from './nats/migrate-nats.ts'
import { migrateOpenSearch } from './opensearch/migrate-opensearch.ts'
import { grantPostgres } from './postgres/grants.ts'
import { grantScylla } from './scylla/grants.ts'
import { migrateScylla } from './scylla/migrate.ts'

const HELP = `npm run db:migrate
Brings the stores that the environment names up to date, and makes what is missing in them: Postgres at
DATABASE_URL (postgres://user:password@host:port/name) and, where they are set, ScyllaDB or Cassandra at
CASSANDRA_CONTACT_POINTS, NATS at NATS_URLS, OpenSearch at OPENSEARCH_URL. Safe when several run at once.
Gives the services' roles in Postgres and CQL their rights: docs/credentials.md.
The standalone server does this itself at its start; the services of a cluster want it done before.`

const say = (line: string): void => console.log(line)

type Stores = ConfigOf<'migrate'>
type Store = readonly [name: string, migrate: (config: Stores) => Promise<void>]

const STORES: readonly Store[] = [
  ['The database', database],
  ['The timeline', timeline],
  ['NATS', (config) => migrateNats(config, (line) => say(`NATS: ${line}`))],
  ['The search index', search],
]

await command(import.meta.url, {
  help: HELP,
  run: async () => {
    const config = loadServiceConfig(environment, 'migrate')
    if (!config.ok) return config.error.map(({ key, problem }) => `${key} ${problem}`)
    for (const [name, migrate] of STORES) {
      try {
        await migrate(config.value)
      } catch (error) {
        // Where a name has several addresses, the message of the outer error is empty.
        const { message, code } = error as NodeJS.ErrnoException
        return [`${name} was not migrated: ${message || code}`]
      }
    }
    say('everything is up to date')
    return []
  },
})

async function database({ postgres }: Stores): Promise<void> {
  await migratePostgres(postgres.url.reveal(), say)
  await grantPostgres(postgres.url.reveal(), (line) => say(`database: ${line}`))
}

async function timeline({ cql }: Stores): Promise<void> {
  const { contactPoints } = cql
  if (!contactPoints) return
  const replication = { [cql.dataCentre]: cql.replicas }
  const options = cqlOptions({ ...cql, contactPoints }, (error) => say(`timeline: ${error}`))
  const progress = (line: string) => say(`timeline: ${line}`)
  await migrateScylla({ ...options, replication }, progress)
  if (cql.user !== null) await grantScylla(options, progress)
}

async function search({ openSearch, postgres }: Stores): Promise<void> {
  const { url } = openSearch
  if (!url) return
  const outcome = await migrateOpenSearch(
    openSearchOptions({ ...openSearch, url }),
    systemClock,
    async () => {
      const { pool, close } = openDatabase(postgres.url.reveal(), { max: 1, onTrouble: () => {} })
      return new Projections(pool).startOver('search').finally(close)
    },
  )
  if (outcome !== 'up to date') say(`search: the index is ${outcome}`)
  if (outcome === 'building' || outcome === 'outdated') say('search: run "npm run search:reindex"')
}
