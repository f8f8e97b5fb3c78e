import type { Clock } from '#shared/kernel/clock.ts'
import { MESSAGE_INDEX_VERSION } from './message-index.ts'
import { isFirst, MessageIndices } from './message-indices.ts'
import { OpenSearch, type OpenSearchOptions } from './opensearch.ts'

/**
 * Sees to it that there is an index to search and to write to. Safe when several start at once, and again.
 * @param beforeFirst is called before an empty index is made: whatever was confirmed to be in the index is not. It says
 * whether there was anything; the index is then not searched before it is built
 * @returns 'outdated': the index works, and is brought to this version's settings by building it anew; 'building':
 * the first one is being built, or has to be
 * @throws {OpenSearchError} when the server is away, or has not the plugin analysis-icu
 */
export async function migrateOpenSearch(
  options: OpenSearchOptions,
  clock: Clock,
  beforeFirst: () => Promise<boolean> = async () => false,
): Promise<'up to date' | 'made' | 'outdated' | 'building'> {
  const server = new OpenSearch(options, clock)
  try {
    const indices = new MessageIndices(server, options)
    const found = await indices.list()
    const isNew = found.length === 0
    if (isNew) {
      const lost = await beforeFirst()
      await indices.createFirst(!lost)
    }
    const searched = (await indices.list()).filter((index) => index.searched)
    const built = searched.find(({ name }) => !isFirst(name))
    // A rebuild ended between the two looks: what was made here came too late.
    if (built) for (const { name } of searched) if (isFirst(name)) await indices.remove(name)
    const current = built ?? searched[0]
    if (!current) return 'building'
    if (current.version < MESSAGE_INDEX_VERSION) return 'outdated'
    return isNew ? 'made' : 'up to date'
  } finally {
    await server.close()
  }
}
