import { DISCORD_EPOCH } from '#shared/kernel/ids.ts'
import { Locks } from './locks.ts'
import { type Reference, readSchema } from './schema.ts'
import { Table } from './table.ts'
import type { Row } from './values.ts'

export interface Child {
  readonly table: Table
  readonly reference: Reference
}

let schema: ReturnType<typeof readSchema> | undefined

/** What is committed, and who holds which row. */
export class Store {
  readonly now: () => number
  readonly locks = new Locks()
  readonly #tables = new Map<string, Table>()
  readonly #children = new Map<Table, Child[]>()
  #commits = 0
  #snapshots = 0
  #sequence = 0

  constructor(now: () => number) {
    this.now = now
    schema ??= readSchema()
    for (const table of schema.values()) this.#tables.set(table.name, new Table(table))
    for (const table of this.#tables.values()) {
      for (const reference of table.schema.references) {
        const parent = this.table(reference.table)
        const children = this.#children.get(parent) ?? []
        children.push({ table, reference })
        this.#children.set(parent, children)
      }
    }
  }

  table(name: string): Table {
    const table = this.#tables.get(name)
    if (!table) throw new Error(`the simulated Postgres has no table ${name}`)
    return table
  }

  /** What refers to a table's rows. */
  children(table: Table): readonly Child[] {
    return this.#children.get(table) ?? []
  }

  /** The SQL function snowflake(): its sequence goes on even when the transaction does not. */
  snowflake(): string {
    const ms = BigInt(Math.floor(this.now()) - DISCORD_EPOCH)
    return String((ms << 22n) | BigInt(++this.#sequence % 4_194_304))
  }

  /** All that is committed now, until `closeSnapshot`. */
  openSnapshot(): number {
    this.#snapshots++
    return this.#commits
  }

  closeSnapshot(): void {
    if (--this.#snapshots > 0) return
    for (const table of this.#tables.values()) table.forgetOlder()
  }

  commit(writes: ReadonlyMap<Table, ReadonlyMap<string, Row | null>>): void {
    if (writes.size === 0) return
    const commit = ++this.#commits
    for (const [table, rows] of writes) {
      for (const [key, row] of rows) table.commit(key, row, commit, this.#snapshots > 0)
    }
  }
}
