import type { NatsConnection } from '@nats-io/transport-node'

const TIMEOUT_MS = 2_000

/** What JetStream's API answers to a request that it does not carry out. */
export class JetStreamApiError extends Error {
  /** As in HTTP. */
  readonly status: number
  /** JetStream's err_code. */
  readonly code: number

  constructor(
    endpoint: string,
    error: { readonly code: number; readonly err_code: number; description: string },
  ) {
    super(`JetStream refused ${endpoint}: ${error.description} (${error.err_code})`)
    this.name = 'JetStreamApiError'
    this.status = error.code
    this.code = error.err_code
  }
}

/**
 * @param endpoint what follows `$JS.API.`
 * @throws {@link JetStreamApiError}, and when nobody answers
 */
export async function jetStreamApi<T>(
  connection: NatsConnection,
  endpoint: string,
  request: object = {},
): Promise<T> {
  const options = { timeout: TIMEOUT_MS }
  const answer = await connection.request(`$JS.API.${endpoint}`, JSON.stringify(request), options)
  const { data } = answer
  const parsed = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.length).toString())
  if (parsed.error) throw new JetStreamApiError(endpoint, parsed.error)
  return parsed
}
