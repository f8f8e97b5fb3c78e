import { Client, errors } from '@opensearch-project/opensearch'
import type { Clock } from '#shared/kernel/clock.ts'

export interface OpenSearchOptions {
  /** `http:` or `https:`, of the cluster or of what stands before it. */
  readonly url: string
  readonly credentials?: { readonly user: string; readonly password: string }
  /** Before the names of all indices and aliases: lower case, where several installations share the servers. */
  readonly prefix: string
  readonly shards: number
  readonly replicas: number
}

interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | boolean>>
  /** A string is lines of JSON. */
  readonly body?: Record<string, unknown> | string
  readonly timeoutMs: number
}

/** No answer in time, or one that refuses. It carries no `cause`: the client's error has the request's content. */
export class OpenSearchError extends Error {
  override readonly name = 'OpenSearchError'
  /** The answer's HTTP status; undefined: there was none. */
  readonly status: number | undefined
  /** What the server calls it, such as `index_not_found_exception`. */
  readonly type: string | undefined

  constructor(message: string, status?: number, type?: string) {
    super(message)
    this.status = status
    this.type = type
  }

  /** Is the server away, or too busy, for now? */
  get isPassing(): boolean {
    return this.status === undefined || [429, 502, 503, 504].includes(this.status)
  }
}

/** The connections of a process to OpenSearch. Nothing is tried again here: who asks knows whether it may be. */
export class OpenSearch {
  readonly #client: Client
  readonly #clock: Clock

  constructor({ url, credentials }: OpenSearchOptions, clock: Clock) {
    this.#client = new Client({
      node: url,
      ...(credentials && { auth: { username: credentials.user, password: credentials.password } }),
      maxRetries: 0,
    })
    this.#clock = clock
  }

  /**
   * @returns the answer's body
   * @throws {OpenSearchError}
   */
  async request<T = unknown>({ method, path, query, body, timeoutMs }: Request): Promise<T> {
    const content = body === undefined ? {} : typeof body === 'string' ? { bulkBody: body } : { body }
    const asked = this.#client.transport.request(
      { method, path, querystring: { ...query }, ...content },
      { requestTimeout: timeoutMs },
    )
    // The client's own time-out ends with the answer's first byte, and a server may stop in the middle of it.
    const cancel = this.#clock.after(timeoutMs, () => asked.abort())
    try {
      return (await asked).body as T
    } catch (error) {
      throw readable(error, `${method} ${path}`)
    } finally {
      cancel()
    }
  }

  close(): Promise<void> {
    return this.#client.close()
  }
}

function readable(error: unknown, request: string): OpenSearchError {
  const said = `OpenSearch, ${request}: ${(error as Error).message}`
  if (!(error instanceof errors.ResponseError)) return new OpenSearchError(said)
  return new OpenSearchError(said, error.statusCode, error.body?.error?.type)
}
