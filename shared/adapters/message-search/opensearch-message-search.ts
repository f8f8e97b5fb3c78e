import { MessageIndices } from '#db/opensearch/message-indices.ts'
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
    readonly hits: readonly { readonly _id: string; readonly _source: { readonly channel_id: string } }[]
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
    try {
      const { hits } = await this.#server.request<Found>({
        method: 'POST',
        path: `/${this.#indices.searchAlias}/_search`,
        query: { allow_partial_search_results: false },
        body: searchBody(query),
        timeoutMs: SEARCH_TIMEOUT_MS,
      })
      return {
        total: hits.total.value,
        hits: hits.hits.map(({ _id, _source }) => ({ channelId: _source.channel_id, messageId: _id })),
      }
    } catch (error) {
      if (error instanceof OpenSearchError && (error.isPassing || error.status === 404)) return 'not_ready'
      throw error
    }
  }

  close(): Promise<void> {
    return this.#server.close()
  }
}
