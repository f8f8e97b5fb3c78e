import { MESSAGE_INDEX_VERSION } from '#db/opensearch/message-index.ts'
import { MessageIndices, versionOf } from '#db/opensearch/message-indices.ts'
import { OpenSearch, OpenSearchError, type OpenSearchOptions } from '#db/opensearch/opensearch.ts'
import type { StoredMessage } from '#shared/domain/message/stored-message.ts'
import type { Clock } from '#shared/kernel/clock.ts'
import type { Position } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import type { MessageSearch, SearchHits, SearchQuery } from '#shared/ports/message-search.ts'
import { OpenSearchBulk } from './opensearch-bulk.ts'
import { documentsOf } from './opensearch-documents.ts'
import { searchBody } from './opensearch-query.ts'
import { OpenSearchRebuild } from './opensearch-rebuild.ts'

/** Below the deadline of a request [OUT-5]. */
const SEARCH_TIMEOUT_MS = 5_000

interface Found {
  readonly hits: {
    readonly total: { readonly value: number }
    readonly hits: readonly {
      readonly _index: string
      readonly _id: string
      readonly _source: { readonly channel_id: string }
    }[]
  }
}

/**
 * Search by OpenSearch: whole words, any case, with or without accents, no stemming. What was applied is found a
 * second later.
 */
export class OpenSearchMessageSearch implements MessageSearch {
  readonly #server: OpenSearch
  readonly #indices: MessageIndices
  readonly #bulk: OpenSearchBulk
  /** As they were last seen: some may be gone, and others have come. */
  #known: readonly string[] = []
  /** Is what is searched of this version? It stays so. */
  #isCurrent = false

  constructor(options: OpenSearchOptions, clock: Clock) {
    this.#server = new OpenSearch(options, clock)
    this.#indices = new MessageIndices(this.#server, options)
    this.#bulk = new OpenSearchBulk(this.#server, clock)
  }

  /**
   * Done when it is in all indices that are there after it was written. So what a rebuild does not find in the index
   * that is searched, it gets.
   * @throws {OpenSearchError} when it may not be in all of them
   */
  async apply(events: readonly LogEvent[]): Promise<void> {
    const documents = documentsOf(events)
    if (documents.length === 0) return
    const written = new Set<string>()
    for (let due = this.#known; ; ) {
      const missing = await this.#bulk.put(due, documents)
      for (const name of due) written.add(name)
      this.#known = (await this.#indices.list()).map(({ name }) => name)
      const lost = this.#known.find((name) => missing.has(name))
      if (lost) throw new OpenSearchError(`${lost} cannot be written`, 404)
      if (this.#known.length === 0) throw new OpenSearchError('there is no index of messages', 404)
      due = this.#known.filter((name) => !written.has(name))
      if (due.length === 0) return
    }
  }

  rebuild(messages: AsyncIterable<readonly StoredMessage[]>, at: Position): Promise<void> {
    return new OpenSearchRebuild(this.#server, this.#indices, this.#bulk).run(messages, at)
  }

  async search(query: SearchQuery): Promise<SearchHits | 'not_ready'> {
    const { facts, withoutFacts, slop } = query
    return readyOr('not_ready', async () => {
      if ((facts || withoutFacts || slop !== undefined) && !(await this.#knowsAll())) return 'not_ready'
      // Relevance is comparable between shards only with what they know together.
      const how = query.byRelevance && 'dfs_query_then_fetch'
      const { total, hits } = await this.#ask(searchBody(query), how || 'query_then_fetch')
      return {
        total: total.value,
        hits: hits.map(({ _id, _source }) => ({ channelId: _source.channel_id, messageId: _id })),
      }
    })
  }

  size(channelIds: readonly string[]): Promise<number> {
    const query = { terms: { channel_id: channelIds } }
    return readyOr(0, async () => (await this.#ask({ query, size: 0, track_total_hits: true })).total.value)
  }

  /** An older index serves until a new one is built, and knows neither facts nor where words stand. */
  async #knowsAll(): Promise<boolean> {
    if (this.#isCurrent) return true
    const { hits } = await this.#ask({ size: 1, _source: false })
    // An empty one has nothing to tell.
    if (!hits[0]) return true
    this.#isCurrent = versionOf(hits[0]._index) >= MESSAGE_INDEX_VERSION
    return this.#isCurrent
  }

  async #ask(body: Record<string, unknown>, searchType = 'query_then_fetch'): Promise<Found['hits']> {
    const { hits } = await this.#server.request<Found>({
      method: 'POST',
      path: `/${this.#indices.searchAlias}/_search`,
      query: { allow_partial_search_results: false, search_type: searchType },
      body,
      timeoutMs: SEARCH_TIMEOUT_MS,
    })
    return hits
  }

  close(): Promise<void> {
    return this.#server.close()
  }
}

async function readyOr<T, U>(otherwise: U, ask: () => Promise<T>): Promise<T | U> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof OpenSearchError && (error.isPassing || error.status === 404)) return otherwise
    throw error
  }
}
