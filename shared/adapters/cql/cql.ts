import cassandra from 'cassandra-driver'
import { lostCql } from './lost-cql.ts'
import { RepeatTimeouts } from './repeat-timeouts.ts'

/** Above the time-outs of the servers (5 s for reads, 2 s for writes), so that it is they who answer. */
const UNANSWERED_MS = 6_000
/** Changes of the schema are rare and slow. */
const DEFINED_MS = 30_000
const FETCH_SIZE = 5_000
const RECONNECT_MS = 500
const HEARTBEAT_MS = 5_000

const KEYSPACE = /^[a-z][a-z0-9_]{0,47}$/

const { consistencies } = cassandra.types

export interface CqlOptions {
  /** `host:port` of some of the nodes; the others are found through them. */
  readonly contactPoints: readonly string[]
  /** Whose nodes are asked; quorums are those of this data centre. */
  readonly localDataCenter: string
  /** Whose tables statements mean by `ks.`. */
  readonly keyspace: string
  readonly username?: string
  readonly password?: string
  /** Each node shows a certificate for its address, by an authority that Node knows or by `ca` (PEM). */
  readonly tls?: { readonly ca?: string }
  /** Called when a node went away; reconnecting goes on for ever. */
  readonly onTrouble: (error: unknown) => void
}

export interface CqlStatement {
  readonly query: string
  readonly params: readonly unknown[]
}

/**
 * One connection pool of the process to Cassandra or ScyllaDB. Everything is prepared, sent to a replica, at
 * LOCAL_QUORUM, and repeated after a time-out, so it has to be idempotent: writes bring their own timestamps.
 * Tables are written `ks.name`: servers forget prepared statements that rely on a keyspace in use. bigint columns
 * are BigInts, and take decimal strings too. What cannot be done now throws {@link LostCql}.
 */
export interface Cql {
  rows<R>(query: string, params: readonly unknown[]): Promise<R[]>
  pages<R>(query: string, params: readonly unknown[], size: number): AsyncIterable<R[]>
  /** All or nothing: the statements of a call must be of one partition. */
  write(statements: readonly CqlStatement[]): Promise<void>
  /** Not prepared; returns when all nodes agree on the schema. */
  define(statement: string): Promise<void>
  close(): Promise<void>
}

/** @throws {LostCql} when no node answers */
export async function openCql(options: CqlOptions): Promise<Cql> {
  const { contactPoints, localDataCenter, keyspace, username, password, tls, onTrouble } = options
  if (!KEYSPACE.test(keyspace)) throw new Error(`not the name of a keyspace: ${keyspace}`)
  const { policies } = cassandra
  const client = new cassandra.Client({
    contactPoints: [...contactPoints],
    localDataCenter,
    ...(tls && { sslOptions: { rejectUnauthorized: true, ...tls } }),
    ...(username !== undefined && { credentials: { username, password: password ?? '' } }),
    policies: {
      // Load balancing is the driver's own: a replica of the partition first, within the data centre.
      reconnection: new policies.reconnection.ConstantReconnectionPolicy(RECONNECT_MS),
      retry: new RepeatTimeouts(),
    },
    queryOptions: { consistency: consistencies.localQuorum, isIdempotent: true, prepare: true },
    socketOptions: { readTimeout: UNANSWERED_MS },
    pooling: { heartBeatInterval: HEARTBEAT_MS },
    encoding: { useBigIntAsLong: true },
    monitorReporting: { enabled: false },
  })
  client.on('hostDown', ({ address }) => onTrouble(new Error(`the CQL node ${address} went away`)))
  try {
    await client.connect()
  } catch (error) {
    await client.shutdown()
    throw lostCql(error)
  }
  return new DriverCql(client, options)
}

class DriverCql implements Cql {
  readonly #client: cassandra.Client
  readonly #options: CqlOptions
  readonly #qualified = new Map<string, string>()

  constructor(client: cassandra.Client, options: CqlOptions) {
    this.#client = client
    this.#options = options
  }

  async rows<R>(query: string, params: readonly unknown[]): Promise<R[]> {
    const all: R[] = []
    for await (const page of this.pages<R>(query, params, FETCH_SIZE)) all.push(...page)
    return all
  }

  async *pages<R>(query: string, params: readonly unknown[], fetchSize: number): AsyncGenerator<R[]> {
    for (let pageState: string | null | undefined; pageState !== null; ) {
      const options = { fetchSize, ...(pageState && { pageState }) }
      const page = await attempt(() =>
        this.#client.execute(this.#qualify(query), params as unknown[], options),
      )
      yield page.rows as unknown as R[]
      pageState = page.pageState ?? null
    }
  }

  async write(statements: readonly CqlStatement[]): Promise<void> {
    const queries = statements.map(({ query, params }) => ({
      query: this.#qualify(query),
      params: [...params],
    }))
    const [first] = queries
    if (!first) return
    await attempt(() =>
      queries.length === 1
        ? this.#client.execute(first.query, first.params)
        : this.#client.batch(queries, { logged: false }),
    )
  }

  async define(statement: string): Promise<void> {
    // Always the same node: it sees what several processes define at once one after the other.
    const nodes = this.#client.hosts
      .values()
      .filter((node) => node.isUp() && node.datacenter === this.#options.localDataCenter)
    const [host] = nodes.sort((a, b) => (a.address < b.address ? -1 : 1))
    const options = { prepare: false, readTimeout: DEFINED_MS, ...(host && { host }) }
    const { info } = await attempt(() => this.#client.execute(this.#qualify(statement), [], options))
    // The types do not know it.
    if (!(info as { isSchemaInAgreement?: boolean }).isSchemaInAgreement)
      throw new Error(`the nodes do not agree on the schema after: ${statement}`)
  }

  close(): Promise<void> {
    return this.#client.shutdown()
  }

  #qualify(query: string): string {
    let qualified = this.#qualified.get(query)
    if (qualified === undefined) {
      qualified = query.replaceAll(/\bks\./g, `${this.#options.keyspace}.`)
      this.#qualified.set(query, qualified)
    }
    return qualified
  }
}

async function attempt<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw lostCql(error)
  }
}
