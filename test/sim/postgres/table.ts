import type { TableSchema } from './schema.ts'
import { coerce, keyPart, type Row } from './values.ts'

/** What a commit made of a row (null: deleted it), before it what an open snapshot may still see. */
interface Version {
  readonly row: Row | null
  readonly commit: number
  older: Version | undefined
}

/** The committed rows of a table, each with its versions, newest first. Rows are values: never changed. */
export class Table {
  readonly schema: TableSchema
  readonly #versions = new Map<string, Version>()
  /** By column and value the keys that ever had it: more than match, never fewer. */
  readonly #indexes = new Map<string, Map<string, Set<string>>>()
  readonly #kept = new Set<string>()

  constructor(schema: TableSchema) {
    this.schema = schema
    for (const column of schema.indexed) this.#indexes.set(column, new Map())
  }

  key(row: Row): string {
    const { primaryKey } = this.schema
    if (primaryKey.length === 1) return keyPart(row[primaryKey[0] as string])
    return primaryKey.map((column) => keyPart(row[column])).join('/')
  }

  /** The key of a row of which these values are known, if they are enough for that. */
  keyOf(known: ReadonlyMap<string, unknown>): string | undefined {
    const { primaryKey } = this.schema
    if (!primaryKey.every((column) => known.has(column))) return undefined
    return primaryKey.map((column) => keyPart(known.get(column))).join('/')
  }

  /** A new row of these values, with the defaults of the others. */
  complete(values: Row, now: number): Row {
    const row: Record<string, unknown> = {}
    for (const { name, type, initial } of this.schema.columns.values())
      row[name] = values[name] === undefined ? initial(now) : coerce(type, values[name])
    return row
  }

  /** A row as of a commit; without one, the newest. */
  row(key: string, asOf?: number): Row | undefined {
    let version = this.#versions.get(key)
    if (asOf !== undefined) while (version && version.commit > asOf) version = version.older
    return version?.row ?? undefined
  }

  /** The commit that last touched a row; 0: none that is remembered. */
  touched(key: string): number {
    return this.#versions.get(key)?.commit ?? 0
  }

  has(key: string): boolean {
    return this.#versions.has(key)
  }

  *rows(): Iterable<Row> {
    for (const { row } of this.#versions.values()) if (row) yield row
  }

  keys(): Iterable<string> {
    return this.#versions.keys()
  }

  /** Keys of all rows that may have one of the values; undefined: the column has no index. */
  keysWith(column: string, value: unknown): ReadonlySet<string> | undefined {
    const index = this.#indexes.get(column)
    return index && (index.get(keyPart(value)) ?? NONE)
  }

  /** `keep`: a snapshot is open that may need what was before. */
  commit(key: string, row: Row | null, commit: number, keep: boolean): void {
    const older = keep ? this.#versions.get(key) : undefined
    if (row) this.#index(key, row)
    if (keep) this.#kept.add(key)
    if (row || keep) this.#versions.set(key, { row, commit, older })
    else this.#remove(key)
  }

  /** No snapshot is open any more. */
  forgetOlder(): void {
    for (const key of this.#kept) {
      const version = this.#versions.get(key)
      if (version?.row) version.older = undefined
      else this.#remove(key)
    }
    this.#kept.clear()
  }

  #index(key: string, row: Row): void {
    for (const [column, index] of this.#indexes) {
      const value = row[column]
      if (value === null) continue
      const part = keyPart(value)
      const keys = index.get(part)
      if (keys) keys.add(key)
      else index.set(part, new Set([key]))
    }
  }

  #remove(key: string): void {
    let version = this.#versions.get(key)
    this.#versions.delete(key)
    for (; version; version = version.older) {
      for (const [column, index] of this.#indexes) index.get(keyPart(version.row?.[column]))?.delete(key)
    }
  }
}

const NONE: ReadonlySet<string> = new Set()
