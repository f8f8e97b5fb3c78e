import type { TSchema } from 'typebox'

/** Up to fifteen digits: longer integers are ids, and stay text [HTTP-3]. */
const INTEGER = /^-?\d{1,15}$/
const BOOLEANS: ReadonlyMap<unknown, boolean> = new Map([
  ['true', true],
  ['false', false],
])

/** The value with what its texts stand for; `isForm`: all of its values came as text. */
export type TextReader = (value: unknown, isForm: boolean) => unknown

type Schema = Partial<{
  type: string | readonly string[]
  anyOf: readonly Schema[]
  properties: Readonly<Record<string, Schema>>
  items: Schema
}>

/**
 * Takes texts that are integers for integers, where nothing else is wanted, and in forms `true` and `false` for
 * booleans. Everything else is left for the schema to refuse. Changes objects and arrays in place.
 * @returns undefined: the schema wants neither
 */
export function textReader(schema: TSchema): TextReader | undefined {
  return readerOf(schema as Schema)
}

function readerOf({ type, anyOf, properties, items }: Schema): TextReader | undefined {
  if (anyOf) {
    const others = anyOf.filter((one) => one.type !== 'null')
    return others.length === 1 ? readerOf(others[0] as Schema) : undefined
  }
  if (type === 'integer')
    return (value) => (typeof value === 'string' && INTEGER.test(value) ? Number(value) : value)
  if (type === 'boolean') return (value, isForm) => (isForm ? (BOOLEANS.get(value) ?? value) : value)
  if (type === 'array') {
    const read = items && readerOf(items)
    return read && ((value, isForm) => (Array.isArray(value) ? value.map((one) => read(one, isForm)) : value))
  }
  const readers = Object.entries(properties ?? {}).flatMap(([key, inner]): [string, TextReader][] => {
    const read = readerOf(inner)
    return read ? [[key, read]] : []
  })
  if (readers.length === 0) return undefined
  return (value, isForm) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const fields = value as Record<string, unknown>
    for (const [key, read] of readers) if (Object.hasOwn(fields, key)) fields[key] = read(fields[key], isForm)
    return value
  }
}
