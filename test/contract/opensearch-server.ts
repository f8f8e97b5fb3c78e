import { randomBytes } from 'node:crypto'
import { describe } from 'vitest'
import { MessageIndices } from '#db/opensearch/message-indices.ts'
import { OpenSearch, type OpenSearchOptions } from '#db/opensearch/opensearch.ts'
import { systemClock } from '#shared/kernel/clock.ts'

/** The server that the environment names. */
const url = process.env.OPENSEARCH_URL

/** Where a suite runs on the server that the environment names, or is skipped with the reason. */
export const openSearchDescribe = {
  title: (name: string) => (url ? name : `${name} — skipped: OPENSEARCH_URL is not set`),
  run: describe.skipIf(!url),
}

/** Servers are shared and keep their data: each suite has indices of its own. */
export const freshOptions = (): OpenSearchOptions => ({
  url: url as string,
  prefix: `test-${randomBytes(6).toString('hex')}`,
  shards: 2,
  replicas: 0,
})

/** A look at a suite's indices past the adapter. */
export function openTestIndices(options: OpenSearchOptions) {
  const server = new OpenSearch(options, systemClock)
  const indices = new MessageIndices(server, options)
  return {
    server,
    indices,
    async refresh() {
      for (const { name } of await indices.list()) await indices.refresh(name)
    },
    /** Removes them all. */
    async close() {
      for (const { name } of await indices.list()) await indices.remove(name)
      await server.close()
    },
  }
}
