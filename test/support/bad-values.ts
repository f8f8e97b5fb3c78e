import { Ajv, type ValidateFunction } from 'ajv'
import ajvFormats from 'ajv-formats'
import type { TSchema } from 'typebox'
import { isSnowflake } from '#shared/kernel/ids.ts'
import { textReader } from '#shared/platform/http/read-text.ts'

/** A JSON schema as OpenAPI has it. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly minItems?: number
  readonly format?: string
}

/** Values of which each is wrong somewhere, and some everywhere. Longer integers count as strings [HTTP-3]. */
const NASTY: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  -900_719_925_474_099,
  1.5,
  1e300,
  '',
  '   ',
  'text',
  '-1',
  '1e3',
  '0x10',
  '99999999999999999999',
  '18446744073709551616',
  '1',
  '@everyone',
  "'; drop table users; --",
  '\u202e',
  '😀'.repeat(40),
  'x'.repeat(6_000),
  [],
  [null],
  ['1', '1'],
  Array.from({ length: 1_001 }, (_, index) => String(index)),
  {},
  { id: null },
  [[[[]]]],
  { toString: 1, hasOwnProperty: null, length: -1 },
]

/** Something that fits a schema, with all of its fields; ids are taken from `ids` by the names of fields. */
export function sampleOf(schema: Schema, ids: Readonly<Record<string, string>>, name = ''): unknown {
  if (schema.enum) return schema.enum[0]
  if (schema.anyOf) return sampleOf(schema.anyOf[0] as Schema, ids, name)
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  switch (type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([key, inner]) => [key, sampleOf(inner, ids, key)]),
      )
    case 'array':
      return schema.items ? [sampleOf(schema.items, ids, name)] : []
    case 'integer':
    case 'number':
      return schema.minimum ?? 0
    case 'boolean':
      return false
    case 'null':
      return null
  }
  if (schema.format === 'date') return '2000-01-01'
  if (schema.format === 'date-time') return '2000-01-01T00:00:00Z'
  return ids[name] ?? 'abc'
}

/** The value with each part of it, and each field it has not, replaced by each nasty value, one at a time. */
export function* variationsOf(value: unknown, path = ''): Generator<{ path: string; value: unknown }> {
  for (const nasty of NASTY) yield { path, value: nasty }
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    for (const varied of variationsOf(inner, `${path}/${key}`)) {
      const copy = Array.isArray(value) ? [...value] : { ...value }
      Object.assign(copy, { [key]: varied.value })
      yield { path: varied.path, value: copy }
    }
  }
}

const ajv = new Ajv({ strict: false, allowUnionTypes: true })
ajvFormats.default(ajv)
ajv.addFormat('snowflake', isSnowflake)

export const validatorOf = (schema: Schema): ValidateFunction => ajv.compile(schema)

/** The value as JSON takes it to the server, with the texts that it takes for integers. */
export function asReceived(schema: Schema, value: unknown): unknown {
  const received = JSON.parse(JSON.stringify(value))
  return textReader(schema as TSchema)?.(received, false) ?? received
}
