import type {
  CompiledQuery,
  DatabaseConnection,
  OperationNode,
  QueryResult,
  RawNode,
  TableNode,
  ValueNode,
} from 'kysely'
import { unknown } from './expressions.ts'
import type { Answer } from './projection.ts'
import { describe, execute } from './queries.ts'
import type { Statement } from './statement.ts'
import { statementFor } from './statements.ts'
import type { Store } from './store.ts'
import { type Settings, Transaction } from './transaction.ts'

/** What the simulator gives for one client process. */
export interface PostgresHost {
  /**
   * A statement travels there and back: runs `run` at most once, before it settles. May delay, freeze, or throw
   * before or after that, which loses the connection. What `run` throws is thrown on as it is.
   */
  roundTrip<T>(what: string, run: () => Promise<T>): Promise<T>
}

/** A process as the server knows it. */
export interface Client {
  readonly store: Store
  readonly host: PostgresHost
  readonly connections: Set<Connection>
  killed: boolean
}

const never = <T>(): Promise<T> => new Promise(() => {})

/** One connection, with at most one transaction; statements outside one commit by themselves. */
export class Connection implements DatabaseConnection {
  readonly #client: Client
  #transaction: Transaction | undefined
  #lost = false
  #busy = false

  constructor(client: Client) {
    this.#client = client
    client.connections.add(this)
  }

  async executeQuery<R>({ query }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, count } = await this.#execute(query)
    const numAffectedRows = query.kind === 'SelectQueryNode' ? undefined : BigInt(count)
    return { rows: rows as R[], ...(numAffectedRows === undefined ? {} : { numAffectedRows }) }
  }

  streamQuery(): never {
    throw new Error('the simulated Postgres streams nothing')
  }

  /** @param text with $1 for the values */
  query(text: string, values: readonly unknown[]): Promise<Answer> {
    return this.#run(statementFor(text), values)
  }

  begin(settings: Settings): Promise<void> {
    return this.#travel('begin', async () => {
      this.#transaction = new Transaction(this.#client.store, settings)
    })
  }

  commit(): Promise<void> {
    return this.#travel('commit', async () => this.#end((transaction) => transaction.commit()))
  }

  rollback(): Promise<void> {
    return this.#travel('rollback', async () => this.#end((transaction) => transaction.rollback()))
  }

  release(): void {
    this.#client.connections.delete(this)
  }

  /** The server rolls back what is open. A statement outside a transaction that waits for a lock still happens. */
  lose(): void {
    this.#lost = true
    this.#end((transaction) => transaction.rollback())
  }

  #execute(node: OperationNode): Promise<Answer> {
    if (node.kind !== 'RawNode')
      return this.#statement(describe(node), (transaction) => execute(transaction, node))
    const { text, values } = flat(node as RawNode)
    return this.#run(statementFor(text), values)
  }

  #run(statement: Statement, values: readonly unknown[]): Promise<Answer> {
    return this.#statement(statement.name, (transaction) => statement.run(transaction, values))
  }

  #statement(what: string, run: (transaction: Transaction) => Answer | Promise<Answer>): Promise<Answer> {
    return this.#travel(what, async () => {
      const transaction = this.#transaction ?? new Transaction(this.#client.store)
      const alone = !this.#transaction
      try {
        transaction.beginStatement()
        const answer = await run(transaction)
        if (alone) transaction.commit()
        return answer
      } catch (error) {
        if (alone) transaction.rollback()
        else transaction.fail()
        throw error
      }
    })
  }

  async #travel<T>(what: string, run: () => Promise<T>): Promise<T> {
    const { host } = this.#client
    if (this.#client.killed) return never()
    if (this.#lost) throw new Error('Client has encountered a connection error and is not queryable')
    if (this.#busy) throw new Error(`"${what}" was sent while the connection was busy: pg would let it wait`)
    this.#busy = true
    let refusal: unknown
    const arrive = async () => {
      if (this.#lost) return never<T>()
      try {
        return await run()
      } catch (error) {
        refusal = error
        throw error
      }
    }
    try {
      const answer = await host.roundTrip(what, arrive)
      return this.#client.killed ? await never() : answer
    } catch (error) {
      if (this.#client.killed) return never()
      if (error !== refusal) this.lose()
      throw error
    } finally {
      this.#busy = false
    }
  }

  #end(how: (transaction: Transaction) => void): void {
    if (this.#transaction) how(this.#transaction)
    this.#transaction = undefined
  }
}

/** A template with the text of templates in it that have no values. */
function flat({ sqlFragments, parameters }: RawNode): { text: string; values: unknown[] } {
  const values: unknown[] = []
  const texts = parameters.map((node) => {
    const { kind, parameters: inner, sqlFragments: inside } = node as RawNode
    if (kind === 'RawNode' && inner.length === 0) return inside.join('')
    values.push(parameterOf(node))
    return '?'
  })
  return { text: sqlFragments.map((fragment, index) => fragment + (texts[index] ?? '')).join(''), values }
}

/** A value of a template, or the name of a table in it. */
function parameterOf(node: OperationNode): unknown {
  if (node.kind === 'ValueNode') return (node as ValueNode).value
  const [inner] = node.kind === 'RawNode' ? (node as RawNode).parameters : []
  if (inner?.kind !== 'TableNode') throw unknown('part of a template', node)
  return (inner as TableNode).table.identifier.name
}
