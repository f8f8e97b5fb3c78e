/** Columns hold what the pg driver gives: bigint as a decimal string, timestamptz as a Date, jsonb as parsed. */
export type ColumnType =
  | 'bigint'
  | 'integer'
  | 'text'
  | 'boolean'
  | 'timestamptz'
  | 'jsonb'
  | 'bytea'
  | 'bigint[]'
  | 'text[]'
  | 'date'

export type Row = Readonly<Record<string, unknown>>

/** An error as the pg driver throws it: `code` is the SQLSTATE. */
export function sqlError(code: string, message: string): Error & { code: string } {
  return Object.assign(new Error(message), { code })
}

export function columnType(name: string): ColumnType {
  if (name === 'smallint') return 'integer'
  if (TYPES.has(name)) return name as ColumnType
  throw new Error(`the simulated Postgres does not know the type ${name}`)
}

const TYPES: ReadonlySet<string> = new Set<ColumnType>([
  'bigint',
  'integer',
  'text',
  'boolean',
  'timestamptz',
  'jsonb',
  'bytea',
  'bigint[]',
  'text[]',
  'date',
])

/** A parameter as a value of a column. What a column gives may be shared, and is frozen for that. */
export function coerce(type: ColumnType, value: unknown): unknown {
  if (value === null || value === undefined) return null
  switch (type) {
    case 'bigint':
      return bigint(value)
    case 'integer': {
      const number = Number(value)
      if (!Number.isInteger(number)) throw invalid(type, value)
      return number
    }
    case 'text':
      return typeof value === 'string' ? value : String(value)
    case 'boolean':
      if (typeof value !== 'boolean') throw invalid(type, value)
      return value
    case 'timestamptz': {
      const date = value instanceof Date ? value : new Date(value as string)
      if (Number.isNaN(date.getTime())) throw invalid(type, value)
      return date
    }
    case 'jsonb':
      return stored(JSON.parse(typeof value === 'string' ? value : JSON.stringify(value)))
    case 'bytea':
      if (!Buffer.isBuffer(value)) throw invalid(type, value)
      return value
    case 'bigint[]':
      return Object.freeze((value as unknown[]).map(bigint))
    case 'text[]':
      return Object.freeze((value as unknown[]).map(String))
    case 'date':
      throw invalid(type, value)
    default:
      return type satisfies never
  }
}

function bigint(value: unknown): string {
  const text = String(value)
  if (/^(0|[1-9][0-9]{0,17})$/.test(text)) return text
  if (!/^[+-]?[0-9]+$/.test(text)) throw invalid('bigint', value)
  const number = BigInt(text)
  if (BigInt.asIntN(64, number) !== number)
    throw sqlError('22003', `value "${text}" is out of range for type bigint`)
  return number.toString()
}

const invalid = (type: ColumnType, value: unknown) =>
  sqlError('22P02', `invalid input syntax for type ${type}: ${JSON.stringify(value)}`)

/** jsonb orders keys by their length, then by their bytes. */
function stored(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return Object.freeze(value.map(stored))
  const keys = Object.keys(value).sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
  return Object.freeze(Object.fromEntries(keys.map((key) => [key, stored((value as Row)[key])])))
}

/** The order of two values of a type, neither of them null. */
export function compare(type: ColumnType, a: unknown, b: unknown): number {
  if (type === 'bigint') return compareBigints(a as string, b as string)
  if (type === 'bytea') return Buffer.compare(a as Buffer, b as Buffer)
  const [left, right] = type === 'timestamptz' ? [Number(a), Number(b)] : [a as string, b as string]
  return left < right ? -1 : left > right ? 1 : 0
}

function compareBigints(a: string, b: string): number {
  if (a.startsWith('-') || b.startsWith('-')) return Number(BigInt(a) - BigInt(b))
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)
}

/** A value as a key of a Map. */
export const keyPart = (value: unknown): string =>
  Buffer.isBuffer(value) ? value.toString('hex') : (value as string)
