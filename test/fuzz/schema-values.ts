import type { Schema } from '#test/support/bad-values.ts'
import type { Chance } from './chance.ts'
import { hostileValue, PROTOTYPE_KEYS, RawJson } from './hostile-values.ts'

/** Values that exist, by the names of fields and parameters. */
export type Known = Readonly<Record<string, readonly string[]>>

interface Limited extends Schema {
  readonly required?: readonly string[]
  readonly minLength?: number
  readonly maxLength?: number
  readonly maximum?: number
  readonly maxItems?: number
  readonly pattern?: string
}

const LETTERS = ['a', 'B', '7', '_', '-', ' ', '.', 'ä', '漢', '😀', '*', '<', '@']

/** Something that fits the schema, near one of its limits now and then. */
export function fittingValue(schema: Limited, chance: Chance, known: Known, name = ''): unknown {
  if (schema.enum) return chance.pick(schema.enum)
  if (schema.anyOf) return fittingValue(chance.pick(schema.anyOf), chance, known, name)
  const type = typeof schema.type === 'string' ? schema.type : chance.pick(schema.type ?? ['string'])
  switch (type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([key]) => schema.required?.includes(key) || chance.is(0.4))
          .map(([key, inner]) => [key, fittingValue(inner, chance, known, key)]),
      )
    case 'array': {
      const least = schema.minItems ?? 0
      const length = chance.between(least, Math.min(schema.maxItems ?? 3, least + 3))
      return Array.from({ length }, () => fittingValue(schema.items ?? {}, chance, known, name))
    }
    case 'integer':
    case 'number': {
      const { minimum: least = 0, maximum: most = 2 ** 31 } = schema
      if (known[name] && schema.format === 'snowflake') return new RawJson(chance.pick(known[name]))
      return chance.pick([least, most, Math.min(most, least + 1), chance.between(least, most)])
    }
    case 'boolean':
      return chance.is(0.5)
    case 'null':
      return null
  }
  return fittingText(schema, chance, known[name])
}

function fittingText(schema: Limited, chance: Chance, known: readonly string[] | undefined): string {
  if (known && chance.is(0.9)) return chance.pick(known)
  if (schema.format === 'snowflake') return String(chance.pick([1, 2 ** 40, chance.between(1, 2 ** 52)]))
  if (schema.format === 'date-time') return chance.pick(['2000-01-01T00:00:00Z', '2099-01-01T00:00:00+01:00'])
  if (schema.format === 'date') return '2000-01-01'
  const { minLength: least = 0, maxLength: most = 40 } = schema
  const length = chance.pick([
    least,
    Math.min(most, least + 6),
    Math.min(most, least + 6),
    Math.min(most, 4_000),
  ])
  const letters = schema.pattern ? ['a', '1', '_'] : LETTERS
  return Array.from({ length }, () => chance.pick(letters)).join('')
}

/** The value with one thing in it that is probably wrong. */
export function spoiltValue(value: unknown, chance: Chance): unknown {
  if (value instanceof RawJson || typeof value !== 'object' || value === null || chance.is(0.15))
    return hostileValue(chance)
  if (Array.isArray(value)) {
    if (value.length === 0 || chance.is(0.2)) return [...value, hostileValue(chance)]
    if (chance.is(0.3)) return Array.from({ length: chance.pick([2, 12, 120, 1_001]) }, () => value[0])
    const at = chance.between(0, value.length - 1)
    return value.map((inner, n) => (n === at ? spoiltValue(inner, chance) : inner))
  }
  const keys = Object.keys(value)
  if (keys.length === 0 || chance.is(0.1))
    return { ...value, [chance.pick(['x', ...PROTOTYPE_KEYS])]: hostileValue(chance) }
  const key = chance.pick(keys)
  const { [key]: inner, ...others } = value as Record<string, unknown>
  return chance.is(0.15) ? others : { ...others, [key]: spoiltValue(inner, chance) }
}
