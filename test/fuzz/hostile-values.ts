import type { Chance } from './chance.ts'

/** A piece of JSON that `JSON.stringify` would not write. */
export class RawJson {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

const STRINGS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  'x\udc00y',
  '\u202e\u2066',
  '\uffff',
  '👩‍👩‍👧‍👦',
  'e\u0301'.repeat(50),
  '-1',
  '1e3',
  '0x10',
  '1.5',
  'NaN',
  'null',
  'true',
  '99999999999999999999',
  '18446744073709551616',
  '9223372036854775807',
  '9223372036854775808',
  '0',
  '00000000000000000001',
  '@me',
  '@everyone',
  '__proto__',
  'constructor',
  "'; drop table users; --",
  '%s%n$1',
  '\\',
  '"',
  '../../etc/passwd',
  '<script>',
  '<@123> <@&456> <#789> <a:b:1>',
  '2000-01-01T00:00:00Z',
  '2000-13-45T99:00:00Z',
  '+275760-09-13T00:00:00.001Z',
  '0000-00-00',
  'data:image/png;base64,',
  'data:image/png;base64,AAAA',
  'data:image/gif;base64,R0lGODlh',
  'data:;base64,====',
  'data:text/html,<p>',
] as const

const NUMBERS = [
  '0',
  '-0',
  '-1',
  '1.5',
  '1e2',
  '1e308',
  '1e309',
  '5e-324',
  '2147483648',
  '4294967296',
  '9007199254740991',
  '9007199254740993',
  '9223372036854775807',
  '9223372036854775808',
  '18446744073709551615',
  '18446744073709551616',
  '123456789012345678901234567890',
  '-9223372036854775809',
] as const

/** Keys that do something to objects, or to who copies them. */
export const PROTOTYPE_KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'length',
]

/** Of a kind that the place in question most likely does not take. */
export function hostileValue(chance: Chance, depth = 0): unknown {
  switch (chance.between(0, depth < 3 ? 9 : 5)) {
    case 0:
      return null
    case 1:
      return chance.is(0.5)
    case 2:
      return new RawJson(chance.pick(NUMBERS))
    case 3:
      return chance
        .pick(['x', '😀', '\u0301', ' ', '@', '0'])
        .repeat(chance.pick([25, 101, 513, 2_001, 6_001]))
    case 4:
    case 5:
      return hostileString(chance)
    case 6:
      return []
    case 7:
      return Array.from({ length: chance.pick([1, 2, 11, 101]) }, () => hostileValue(chance, depth + 3))
    case 8:
      return new RawJson(`${'['.repeat(chance.pick([5, 200, 3_000]))}]`)
    default: {
      const key = chance.pick([...PROTOTYPE_KEYS, 'id', 'name', ''])
      return new RawJson(`{${JSON.stringify(key)}:${jsonText(hostileValue(chance, depth + 1))}}`)
    }
  }
}

export const hostileString = (chance: Chance): string => chance.pick(STRINGS)

/** What `JSON.stringify` gives, with raw pieces in it. */
export function jsonText(value: unknown): string {
  if (value instanceof RawJson) return value.text
  if (Array.isArray(value)) return `[${value.map(jsonText).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}:${jsonText(inner)}`)
    .join()}}`
}
