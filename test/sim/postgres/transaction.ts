import { KEY_SHARE, type Locker, type LockLevel, NO_KEY_UPDATE, UPDATE } from './locks.ts'
import type { Store } from './store.ts'
import type { Table } from './table.ts'
import { type Row, sqlError } from './values.ts'

export interface Settings {
  readonly repeatableRead: boolean
  readonly readOnly: boolean
}

const READ_COMMITTED: Settings = { repeatableRead: false, readOnly: false }

/** What an insert does when the key is there. */
export interface Conflict {
  /** Columns that are set; undefined: nothing is done. */
  readonly sets: Iterable<string> | undefined
  /** undefined: its condition does not hold, and the row stays. */
  readonly change: (existing: Row, excluded: Row) => Partial<Row> | undefined
}

export const DO_NOTHING: Conflict = { sets: undefined, change: () => undefined }

/** READ COMMITTED sees what is committed and its own writes; REPEATABLE READ what was at its first statement. */
export class Transaction implements Locker {
  readonly store: Store
  /** now(), in ms: the same for all its statements. */
  readonly startedAt: number
  readonly locks: Locker['locks'] = new Set()
  waitsFor: Locker['waitsFor']
  state: 'open' | 'failed' | 'ended' = 'open'
  readonly #settings: Settings
  readonly #writes = new Map<Table, Map<string, Row | null>>()
  #snapshot: number | undefined

  constructor(store: Store, settings: Settings = READ_COMMITTED) {
    this.store = store
    this.startedAt = store.now()
    this.#settings = settings
  }

  /** Before each of its statements. */
  beginStatement(): void {
    if (this.state === 'failed')
      throw sqlError(
        '25P02',
        'current transaction is aborted, commands ignored until end of transaction block',
      )
    if (this.#settings.repeatableRead) this.#snapshot ??= this.store.openSnapshot()
  }

  table(name: string): Table {
    return this.store.table(name)
  }

  /** All rows that have the given values, and maybe more. */
  find(table: Table, known: ReadonlyMap<string, unknown>): Row[] {
    const only = table.keyOf(known)
    if (only !== undefined) {
      const row = this.row(table, only)
      return row ? [row] : []
    }
    const own = this.#writes.get(table)
    let keys: ReadonlySet<string> | undefined
    for (const [column, value] of known) {
      const found = table.keysWith(column, value)
      if (found && (!keys || found.size < keys.size)) keys = found
    }
    const rows: Row[] = []
    for (const key of keys ?? table.keys()) {
      const row = this.row(table, key)
      if (row) rows.push(row)
    }
    if (own) {
      for (const [key, row] of own) if (row && !(keys ?? table).has(key)) rows.push(row)
    }
    return rows
  }

  row(table: Table, key: string): Row | undefined {
    const own = this.#writes.get(table)?.get(key)
    return own === undefined ? table.row(key, this.#snapshot) : (own ?? undefined)
  }

  /**
   * Locks a row that was found, waiting for whoever has it.
   * @returns what it is by then; undefined: it is gone
   */
  async lock(table: Table, key: string, level: LockLevel): Promise<Row | undefined> {
    if (this.#settings.readOnly) throw sqlError('25006', 'cannot write in a read-only transaction')
    await this.#take(`${table.schema.name}/${key}`, level)
    const row = this.#newest(table, key)
    if (level !== KEY_SHARE && this.#snapshot !== undefined && table.touched(key) > this.#snapshot)
      throw sqlError('40001', 'could not serialize access due to concurrent update')
    return row
  }

  /** @returns the row as it is then; undefined: the key was there, and nothing was changed */
  async insert(table: Table, values: Row, conflict?: Conflict): Promise<Row | undefined> {
    const row = table.complete(values, this.startedAt)
    const key = table.key(row)
    const lock = `${table.schema.name}/${key}`
    const held = this.store.locks.holds(this, lock)
    for (;;) {
      const expected = this.#newest(table, key) !== undefined
      const level = expected && conflict?.sets ? levelFor(table, conflict.sets) : UPDATE
      const existing = await this.lock(table, key, level)
      // It came or went while this waited: the lock may be of the wrong level.
      if ((existing !== undefined) !== expected) continue
      if (!existing) {
        await this.#put(table, key, undefined, row)
        return row
      }
      if (!conflict) throw duplicate(`${table.schema.name}_pkey`, key)
      if (!conflict.sets && !held) this.store.locks.release(this, lock)
      const change = conflict.change(existing, row)
      if (!change) return undefined
      const next = { ...existing, ...change }
      await this.#put(table, key, existing, next)
      return next
    }
  }

  /**
   * Changes a row that was found.
   * @param change undefined: what the row has become meanwhile does not match
   */
  async update(
    table: Table,
    found: Row,
    sets: Iterable<string>,
    change: (row: Row) => Partial<Row> | undefined,
  ): Promise<Row | undefined> {
    const key = table.key(found)
    const row = await this.lock(table, key, levelFor(table, sets))
    const changed = row && change(row)
    if (!changed) return undefined
    const next = { ...row, ...changed }
    if (table.key(next) !== key) throw new Error('the simulated Postgres changes no primary key')
    await this.#put(table, key, row, next)
    return next
  }

  /** Deletes a row that was found, if it still matches, and what refers to it. */
  async delete(
    table: Table,
    found: Row,
    matches: (row: Row) => boolean = () => true,
  ): Promise<Row | undefined> {
    const key = table.key(found)
    const row = await this.lock(table, key, UPDATE)
    if (!row || !matches(row)) return undefined
    this.#write(table, key, null)
    for (const { table: child, reference } of this.store.children(table)) {
      for (const orphan of this.find(child, new Map([[reference.column, key]]))) {
        if (orphan[reference.column] !== key) continue
        if (!reference.cascade)
          throw sqlError('23503', `${table.schema.name} ${key} is referred to by ${child.schema.name}`)
        await this.delete(child, orphan)
      }
    }
    return row
  }

  /** After a statement that failed: nothing of it is left, but for the end that its client still owes. */
  fail(): void {
    this.#end('failed')
  }

  /** As in Postgres, the commit of a failed transaction rolls it back and is no error. */
  commit(): void {
    if (this.state === 'open') this.store.commit(this.#writes)
    this.#end('ended')
  }

  /** Waiting ends without an answer. */
  rollback(): void {
    this.#end('ended')
  }

  #end(state: 'failed' | 'ended'): void {
    if (this.state === 'open') {
      if (this.#snapshot !== undefined) this.store.closeSnapshot()
      this.store.locks.releaseAll(this)
    }
    if (this.state !== 'ended') this.state = state
  }

  /** A connection that was lost takes no more locks: its statement ends nowhere. */
  #take(key: string, level: LockLevel): Promise<void> | undefined {
    return this.state === 'open' ? this.store.locks.take(this, key, level) : new Promise(() => {})
  }

  #newest(table: Table, key: string): Row | undefined {
    const own = this.#writes.get(table)?.get(key)
    return own === undefined ? table.row(key) : (own ?? undefined)
  }

  #write(table: Table, key: string, row: Row | null): void {
    const own = this.#writes.get(table)
    if (own) own.set(key, row)
    else this.#writes.set(table, new Map([[key, row]]))
  }

  async #put(table: Table, key: string, before: Row | undefined, row: Row): Promise<void> {
    for (const column of table.schema.columns.values()) {
      if (column.required && row[column.name] === null)
        throw sqlError('23502', `null value in column "${column.name}" of relation "${table.schema.name}"`)
    }
    for (const { name, key: indexed } of table.schema.unique) {
      const value = indexed(row)
      if (value === undefined || (before && indexed(before) === value)) continue
      await this.#take(`${name}/${value}`, UPDATE)
      for (const other of this.#allNewest(table)) if (indexed(other) === value) throw duplicate(name, value)
    }
    this.#write(table, key, row)
    for (const { column, table: name } of table.schema.references) {
      const value = row[column] as string | null
      if (value === null || before?.[column] === value) continue
      if (!(await this.lock(this.table(name), value, KEY_SHARE)))
        throw sqlError('23503', `${table.schema.name}.${column} ${value} is not in ${name}`)
    }
  }

  *#allNewest(table: Table): Iterable<Row> {
    const keys = new Set([...table.keys(), ...(this.#writes.get(table)?.keys() ?? [])])
    for (const key of keys) {
      const row = this.#newest(table, key)
      if (row) yield row
    }
  }
}

const duplicate = (name: string, key: string) =>
  sqlError('23505', `duplicate key value violates unique constraint "${name}": ${key}`)

/** Who sets a column of the key locks out those who refer to the row too, even if the value stays the same. */
function levelFor(table: Table, sets: Iterable<string>): LockLevel {
  for (const column of sets) if (table.schema.primaryKey.includes(column)) return UPDATE
  return NO_KEY_UPDATE
}
