import type { Answer } from './projection.ts'
import type { Transaction } from './transaction.ts'
import { coerce, compare, keyPart, type Row } from './values.ts'

export interface Statement {
  readonly name: string
  /** Of the text that `run` does in its place: whoever changes the text must look here too. */
  readonly digest: string
  readonly run: (tx: Transaction, values: readonly unknown[]) => Answer | Promise<Answer>
}

export const answer = (rows: Row[]): Answer => ({ rows, count: rows.length })
export const changed = (count: number): Answer => ({ rows: [], count })
export const bigint = (value: unknown) => coerce('bigint', value) as string | null
export const bigints = (values: unknown) => coerce('bigint[]', values) as string[]
export const larger = (a: unknown, b: unknown) => (compare('bigint', a, b) >= 0 ? a : b)
export const all: ReadonlyMap<string, unknown> = new Map()

export function rowOf(tx: Transaction, table: string, ...key: unknown[]): Row | undefined {
  return key.includes(null) ? undefined : tx.row(tx.table(table), key.map(keyPart).join('/'))
}

export const rowsOf = (tx: Transaction, table: string, column: string, value: unknown): Row[] =>
  tx.find(tx.table(table), new Map([[column, value]])).filter((row) => row[column] === value)

export const PUBLIC = 'id username global_name avatar banner accent_color bot public_flags'.split(' ')
export const USER = [...PUBLIC, ...'email verified locale bio'.split(' ')]

export const columnsOf = (row: Row, names: readonly string[]): Row =>
  Object.fromEntries(names.map((name) => [name, row[name]]))
