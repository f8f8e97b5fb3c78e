import type { ConfigOf } from '#config/schema.ts'
import type { OpenSearchOptions } from '#db/opensearch/opensearch.ts'
import { UPLOAD_SECONDS } from '#shared/domain/message/upload-limits.ts'
import type { Clock } from '#shared/kernel/clock.ts'
import { type CqlOptions, openCql } from './cql/cql.ts'
import { OpenSearchMessageSearch } from './message-search/opensearch-message-search.ts'
import { CqlPendingUploads } from './pending-uploads/cql-pending-uploads.ts'
import { CqlTimelineStore } from './timeline-store/cql-timeline-store.ts'

type Config = Pick<ConfigOf<'indexer'>, 'cql' | 'openSearch'>

/** The stores that hold what the log says, the timeline and the search index, and what shares a server with them. */
export async function openProjections(
  { cql: cqlConfig, openSearch }: Config,
  service: { readonly clock: Clock; onTrouble(error: unknown): void; onStop(step: () => unknown): void },
) {
  const { clock, onTrouble, onStop } = service
  const cql = await openCql(cqlOptions(cqlConfig, onTrouble))
  onStop(() => cql.close())
  const search = new OpenSearchMessageSearch(openSearchOptions(openSearch), clock)
  onStop(() => search.close())
  return {
    timeline: new CqlTimelineStore({ cql, clock }),
    pendingUploads: new CqlPendingUploads(cql, UPLOAD_SECONDS),
    search,
  }
}

export const cqlOptions = (config: Config['cql'], onTrouble: (error: unknown) => void) =>
  ({
    contactPoints: config.contactPoints,
    localDataCenter: config.dataCentre,
    keyspace: config.keyspace,
    ...(config.tls && { tls: {} }),
    ...(config.user !== null && { username: config.user, password: config.password?.reveal() ?? '' }),
    onTrouble,
  }) satisfies CqlOptions

/** A user and a password stand in the URL. */
export function openSearchOptions(config: Config['openSearch']): OpenSearchOptions {
  const url = new URL(config.url.reveal())
  const { username, password } = url
  url.username = ''
  url.password = ''
  return {
    url: url.href,
    ...(username && {
      credentials: { user: decodeURIComponent(username), password: decodeURIComponent(password) },
    }),
    prefix: config.prefix,
    shards: config.shards,
    replicas: config.replicas,
  }
}
