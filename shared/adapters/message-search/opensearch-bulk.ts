import { writeAlias } from '#db/opensearch/message-indices.ts'
import { type OpenSearch, OpenSearchError } from '#db/opensearch/opensearch.ts'
import type { Clock } from '#shared/kernel/clock.ts'
import { KeyedQueue } from '#shared/kernel/keyed-queue.ts'
import type { OpenSearchDocument } from './opensearch-documents.ts'

const LARGEST_BODY = 4 * 1_024 * 1_024
const TIMEOUT_MS = 30_000
/** How long the server waits for a shard that has no primary. */
const SHARD_TIMEOUT = '10s'
const PAUSES_MS = { first: 50, longest: 2_000 }
/** For so long the server may refuse: then whoever applies begins anew. */
const PATIENCE_MS = 30_000

interface Operation {
  readonly index: string
  readonly lines: string
}

interface Answer {
  readonly errors: boolean
  readonly items: readonly {
    readonly index: { readonly status: number; readonly error?: { type: string } }
  }[]
}

/** Writes documents, one request of the process at a time, whoever asks, so that a busy server slows all down. */
export class OpenSearchBulk {
  readonly #server: OpenSearch
  readonly #clock: Clock
  readonly #queue = new KeyedQueue()

  constructor(server: OpenSearch, clock: Clock) {
    this.#server = server
    this.#clock = clock
  }

  /**
   * Each document into each index, unless a newer one is there.
   * @returns those indices that are no more
   * @throws {OpenSearchError} when the server is away or goes on refusing; some may have been written
   */
  async put(
    indices: readonly string[],
    documents: readonly OpenSearchDocument[],
  ): Promise<ReadonlySet<string>> {
    const missing = new Set<string>()
    for (const batch of batches(indices, documents)) {
      await this.#queue.run('bulk', () => this.#untilTaken(batch, missing))
    }
    return missing
  }

  async #untilTaken(operations: readonly Operation[], missing: Set<string>): Promise<void> {
    const since = this.#clock.monotonic()
    let refused = await this.#send(operations, missing)
    for (let pause = PAUSES_MS.first; refused.length > 0; pause = Math.min(2 * pause, PAUSES_MS.longest)) {
      if (this.#clock.monotonic() - since > PATIENCE_MS) {
        throw new OpenSearchError(`OpenSearch refuses ${refused.length} documents: it is too busy`, 429)
      }
      await this.#clock.sleep(pause)
      refused = await this.#send(refused, missing)
    }
  }

  /** @returns what the server was too busy to take */
  async #send(operations: readonly Operation[], missing: Set<string>): Promise<readonly Operation[]> {
    let answer: Answer
    try {
      answer = await this.#server.request<Answer>({
        method: 'POST',
        path: '/_bulk',
        query: {
          require_alias: true,
          timeout: SHARD_TIMEOUT,
          filter_path: 'errors,items.*.status,items.*.error.type',
        },
        body: operations.map(({ lines }) => lines).join(''),
        timeoutMs: TIMEOUT_MS,
      })
    } catch (error) {
      if (error instanceof OpenSearchError && error.status === 429) return operations
      throw error
    }
    if (!answer.errors) return []
    return operations.filter(({ index }, at) => {
      const { status, error } = answer.items[at]?.index ?? { status: 0 }
      if (status === 429) return true
      if (error?.type === 'index_not_found_exception') missing.add(index)
      // What is there is as new.
      else if (error && error.type !== 'version_conflict_engine_exception') {
        throw new OpenSearchError(
          `OpenSearch did not take a document of ${index}: ${error.type}`,
          status,
          error.type,
        )
      }
      return false
    })
  }
}

function* batches(
  indices: readonly string[],
  documents: readonly OpenSearchDocument[],
): Generator<Operation[]> {
  let batch: Operation[] = []
  let size = 0
  for (const document of documents) {
    const source = JSON.stringify(document)
    for (const index of indices) {
      const action = {
        _index: writeAlias(index),
        _id: document.id,
        version: document.position,
        version_type: 'external',
      }
      const lines = `${JSON.stringify({ index: action })}\n${source}\n`
      const bytes = Buffer.byteLength(lines)
      if (batch.length > 0 && size + bytes > LARGEST_BODY) {
        yield batch
        batch = []
        size = 0
      }
      batch.push({ index, lines })
      size += bytes
    }
  }
  if (batch.length > 0) yield batch
}
