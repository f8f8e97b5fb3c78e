import { readdirSync, readFileSync } from 'node:fs'
import { type ColumnType, coerce, columnType, type Row } from './values.ts'

export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly required: boolean
  /** The value of a row that does not give one; `now` is its transaction's. */
  readonly initial: (now: number) => unknown
}

export interface Reference {
  readonly column: string
  readonly table: string
  readonly cascade: boolean
}

export interface UniqueIndex {
  readonly name: string
  /** What must be unique; undefined: the row is not in the index. */
  readonly key: (row: Row) => string | undefined
}

export interface TableSchema {
  readonly name: string
  readonly columns: ReadonlyMap<string, Column>
  readonly primaryKey: readonly string[]
  readonly references: readonly Reference[]
  /** Columns by whose value rows are found without a scan. */
  readonly indexed: ReadonlySet<string>
  readonly unique: readonly UniqueIndex[]
}

const MIGRATIONS = new URL('../../../db/postgres/', import.meta.url)
/** The tables of the standalone server's stores, which have ports of their own here, and what it does not do. */
const LEFT_OUT = [
  '002-standalone-stores.sql',
  '003-mail.sql',
  '004-pending-uploads.sql',
  '007-profiles.sql',
  '008-password-reset.sql',
  '009-guild-settings.sql',
  '013-kept-answers.sql',
  '014-temporary-members.sql',
  '015-session-presences.sql',
  '017-search-facts.sql',
]

const DEFAULTS: Readonly<Record<string, Column['initial']>> = {
  'now()': (now) => new Date(now),
}

/** Unique indexes over expressions: this is all that the migrations have. */
const UNIQUE: Readonly<Record<string, UniqueIndex['key']>> = {
  'lower(username) where not bot': (row) =>
    row.bot ? undefined : (row.username as string).toLocaleLowerCase('en'),
  'lower(email) where email is not null': (row) =>
    (row.email as string | null)?.toLocaleLowerCase('en') ?? undefined,
  'bot_id where bot_id is not null': (row) => (row.bot_id as string | null) ?? undefined,
}

/** The tables as the migrations make them. Throws at what it does not know there. */
export function readSchema(): ReadonlyMap<string, TableSchema> {
  const tables = new Map<string, TableSchema>()
  for (const file of readdirSync(MIGRATIONS).sort()) {
    if (!file.endsWith('.sql') || LEFT_OUT.includes(file)) continue
    const text = readFileSync(new URL(file, MIGRATIONS), 'utf8')
    for (const statement of text.replace(/--.*/g, '').split(';')) addStatement(tables, statement.trim())
  }
  return tables
}

function addStatement(tables: Map<string, TableSchema>, statement: string): void {
  const table = /^create table (\w+) \(([\s\S]*)\)$/.exec(statement)
  if (table) {
    const [, name, body] = table as unknown as [string, string, string]
    tables.set(name, readTable(name, body))
    return
  }
  const column = /^alter table (\w+) add column (\w+) (\w+)$/.exec(statement)
  if (column) {
    const [, on, name, type] = column as unknown as [string, string, string, string]
    const { columns } = tables.get(on) as TableSchema
    ;(columns as Map<string, Column>).set(name, readColumn(name, type, ''))
    return
  }
  const index = /^create (unique )?index (\w+) on (\w+) \(([\s\S]*)$/.exec(statement)
  if (index) {
    const [, unique, name, on, rest] = index as unknown as [string, string, string, string, string]
    const of = tables.get(on) as TableSchema
    if (unique) (of.unique as UniqueIndex[]).push({ name, key: uniqueKey(rest) })
    const first = of.columns.get(/^\w+/.exec(rest)?.[0] ?? '')
    if (first && first.type !== 'timestamptz') (of.indexed as Set<string>).add(first.name)
    return
  }
  const added = /^alter table (\w+) add column (\w+) (\w+)(.*)$/.exec(statement)
  if (added) {
    const [, of, name, type, rest] = added as unknown as [string, string, string, string, string]
    const { columns } = tables.get(of) as TableSchema
    ;(columns as Map<string, Column>).set(name, readColumn(name, type, rest))
    return
  }
  if (/^(create (sequence|function)|insert into)\b/.test(statement) || statement === '') return
  throw new Error(`the simulated Postgres does not know this statement of the migrations: ${statement}`)
}

function uniqueKey(rest: string): UniqueIndex['key'] {
  const text = rest.replace(/\)(?= where|$)/, '')
  const key = UNIQUE[text]
  if (!key) throw new Error(`the simulated Postgres does not know a unique index on ${text}`)
  return key
}

function readTable(name: string, body: string): TableSchema {
  const columns = new Map<string, Column>()
  const references: Reference[] = []
  let primaryKey: string[] = []
  for (const line of body.split(/,\n/).map((part) => part.trim())) {
    if (line.startsWith('check ')) continue
    const key = /^primary key \((.*)\)$/.exec(line)
    if (key) {
      primaryKey = (key[1] as string).split(', ')
      continue
    }
    const [, column, type, rest] = /^(\w+) (\w+(?:\[\])?)(.*)$/.exec(line) as unknown as string[]
    columns.set(column as string, readColumn(column as string, type as string, rest as string))
    if (/ primary key\b/.test(rest as string)) primaryKey = [column as string]
    const reference = / references (\w+)( on delete cascade)?/.exec(rest as string)
    if (reference)
      references.push({
        column: column as string,
        table: reference[1] as string,
        cascade: reference[2] !== undefined,
      })
  }
  const indexed = new Set(primaryKey.length > 1 ? primaryKey : [])
  return { name, columns, primaryKey, references, indexed, unique: [] }
}

function readColumn(name: string, typeName: string, rest: string): Column {
  const type = columnType(typeName)
  const required = / (not null|primary key)/.test(rest)
  const text = / default ('[^']*'|\w+(?:\(\))?)/.exec(rest)?.[1]
  return { name, type, required, initial: initialOf(type, text) }
}

function initialOf(type: ColumnType, text: string | undefined): Column['initial'] {
  if (text === undefined) return () => null
  if (DEFAULTS[text]) return DEFAULTS[text]
  if (text.endsWith('()')) {
    return () => {
      throw new Error(`the simulated Postgres does not know the default ${text}`)
    }
  }
  const literal = text.replaceAll("'", '')
  const array = type.endsWith('[]') ? [] : undefined
  const value = coerce(type, array ?? (type === 'boolean' ? literal === 'true' : literal))
  return () => value
}
