import type { MessageIndices } from '#db/opensearch/message-indices.ts'
import { type OpenSearch, OpenSearchError } from '#db/opensearch/opensearch.ts'
import type { StoredMessage } from '#shared/domain/message/stored-message.ts'
import type { Position } from '#shared/kernel/ids.ts'
import type { OpenSearchBulk } from './opensearch-bulk.ts'
import type { OpenSearchDocument } from './opensearch-documents.ts'
import { documentOf } from './search-documents.ts'

const PAGE = 1_000
const TIMEOUT_MS = 30_000

interface Page {
  readonly hits: { readonly hits: readonly { readonly _id: string; readonly _source: OpenSearchDocument }[] }
}

/**
 * Builds an index beside the one that is searched, which then takes its place. From its creation on everybody
 * writes to both; what had been applied before and is not among the messages (later events, tombstones) is in the
 * one that is searched, and copied from there first. Of several rebuilds at once the one at the latest position
 * stays, and those that are no longer needed end early; one that dies leaves an index that the next one removes.
 */
export class OpenSearchRebuild {
  readonly #server: OpenSearch
  readonly #indices: MessageIndices
  readonly #bulk: OpenSearchBulk

  constructor(server: OpenSearch, indices: MessageIndices, bulk: OpenSearchBulk) {
    this.#server = server
    this.#indices = indices
    this.#bulk = bulk
  }

  async run(messages: AsyncIterable<readonly StoredMessage[]>, at: Position): Promise<void> {
    if ((await this.#indices.current()).at > at) return
    const name = await this.#indices.create(at)
    try {
      await this.#copyNewer(name, at)
      for await (const page of messages) {
        const documents = page.map((message) => documentOf(message, at))
        await this.#put(name, documents)
      }
      await this.#indices.refresh(name)
    } catch (error) {
      const all = await this.#indices.list()
      const isSuperseded = all.some((index) => index.searched && index.at >= at)
      if (isSuperseded && !all.some((index) => index.name === name)) return
      await this.#indices.remove(name)
      throw error
    }
    await this.#indices.promote(name, at)
  }

  async #copyNewer(name: string, at: Position): Promise<void> {
    for (let from = await this.#indices.current(); ; ) {
      try {
        return await this.#copy(from.name, name, at)
      } catch (error) {
        const now = await this.#indices.current()
        if (now.name === from.name) throw error
        from = now
      }
    }
  }

  async #copy(from: string, name: string, at: Position): Promise<void> {
    await this.#indices.refresh(from)
    const newer = { range: { position: { gt: at } } }
    for (let last: string | undefined, full = true; full; ) {
      const { hits } = await this.#server.request<Page>({
        method: 'POST',
        path: `/${from}/_search`,
        query: { allow_partial_search_results: false },
        body: { query: newer, sort: [{ id: 'asc' }], size: PAGE, ...(last && { search_after: [last] }) },
        timeoutMs: TIMEOUT_MS,
      })
      const documents = hits.hits.map(({ _source }) => _source)
      await this.#put(name, documents)
      full = hits.hits.length === PAGE
      last = hits.hits.at(-1)?._id
    }
  }

  async #put(name: string, documents: readonly OpenSearchDocument[]): Promise<void> {
    const missing = await this.#bulk.put([name], documents)
    if (missing.size > 0) throw new OpenSearchError(`${name} was removed while it was built`, 404)
  }
}
