import { err, ok, type Result } from '#shared/kernel/result.ts'

/** Containers inside containers; the deepest body of the protocol has about ten. */
export const MAX_DEPTH = 32

/** Brackets, commas and colons outside of strings: more than any body has a use for. */
const MOST_STRUCTURE = 100_000
/** Of everything outside of strings. */
const MOST_OUTSIDE = 1024 * 1024

const LONG_INTEGER = /[0-9]{16}/
const UNSTORABLE = /[\0\p{Surrogate}]/u

/** Is it text that Postgres stores? It takes neither NUL characters nor lone surrogates. */
export const isStorable = (text: string): boolean => !UNSTORABLE.test(text)

/**
 * JSON from clients. Integers of 16 or more digits become strings, since discord.py sends ids as bare
 * 64-bit integers, which numbers would round; fractions and exponents stay numbers.
 *
 * `invalid_json` is also the answer to what is JSON but must not come in: numbers beyond 64-bit floats
 * (1e400), NUL characters and lone surrogates (Postgres stores neither), the keys `__proto__` and
 * `constructor` with `prototype` inside, and more values than there is any use for, which would take seconds. Of
 * repeated keys the last counts. Never throws.
 */
export function parseLossless(text: string): Result<unknown, { code: 'invalid_json' | 'too_deep' }> {
  const tooMuch = text.length > MOST_STRUCTURE ? tooMuchIn(text) : undefined
  if (tooMuch) return err({ code: tooMuch })
  const readable = LONG_INTEGER.test(text) ? quoteLongIntegers(text) : text
  if (readable === undefined) return err({ code: 'invalid_json' })
  let value: unknown
  try {
    value = JSON.parse(readable)
  } catch {
    return err({ code: 'invalid_json' })
  }
  const problem = problemIn(value, 1)
  return problem ? err({ code: problem }) : ok(value)
}

function problemIn(value: unknown, depth: number): 'invalid_json' | 'too_deep' | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : 'invalid_json'
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'invalid_json'
  if (typeof value !== 'object' || value === null) return undefined
  if (depth > MAX_DEPTH) return 'too_deep'
  if (Array.isArray(value)) {
    for (const item of value) {
      const problem = problemIn(item, depth + 1)
      if (problem) return problem
    }
    return undefined
  }
  for (const [key, item] of Object.entries(value)) {
    if (!isStorable(key) || isPoison(key, item)) return 'invalid_json'
    const problem = problemIn(item, depth + 1)
    if (problem) return problem
  }
  return undefined
}

const isPoison = (key: string, value: unknown): boolean =>
  key === '__proto__' ||
  (key === 'constructor' && typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype'))

/** Before it is read: long strings, such as pictures, cost next to nothing. */
function tooMuchIn(text: string): 'invalid_json' | 'too_deep' | undefined {
  let structure = 0
  let outside = 0
  let depth = 0
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else at++
    const step = STRUCTURE.get(code)
    if (step !== undefined) structure++
    depth += step ?? 0
    if (depth > MAX_DEPTH) return 'too_deep'
    if (structure > MOST_STRUCTURE || ++outside > MOST_OUTSIDE) return 'invalid_json'
  }
  return undefined
}

const QUOTE = 34
/** By character code: by how much it leads deeper. */
const STRUCTURE: ReadonlyMap<number, number> = new Map(
  Object.entries({ '[': 1, '{': 1, ']': -1, '}': -1, ',': 0, ':': 0 }).map(([character, step]) => [
    character.charCodeAt(0),
    step,
  ]),
)

const NUMBER = /-?[0-9][0-9.eE+-]*/y
const EXACT_INTEGER = /^-?[1-9][0-9]{15,}$/

/** Undefined where the quotes would make JSON of what is none: a number as a key. */
function quoteLongIntegers(text: string): string | undefined {
  let quoted = ''
  let copied = 0
  let at = 0
  while (at < text.length) {
    if (text[at] === '"') {
      at = endOfString(text, at)
      continue
    }
    const number = numberAt(text, at)
    if (number === '') {
      at++
      continue
    }
    const end = at + number.length
    if (EXACT_INTEGER.test(number)) {
      if (isKey(text, end)) return undefined
      quoted += `${text.slice(copied, at)}"${number}"`
      copied = end
    }
    at = end
  }
  return quoted + text.slice(copied)
}

function numberAt(text: string, at: number): string {
  const first = text.charCodeAt(at)
  if (first !== 45 && (first < 48 || first > 57)) return ''
  NUMBER.lastIndex = at
  return NUMBER.exec(text)?.[0] ?? ''
}

/** The index after the closing quote of the string that opens at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  let end = start
  do {
    end = text.indexOf('"', end + 1)
  } while (end > 0 && isEscaped(text, end))
  return end < 0 ? text.length : end + 1
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0
  while (text[at - 1 - backslashes] === '\\') backslashes++
  return backslashes % 2 === 1
}

function isKey(text: string, end: number): boolean {
  let at = end
  while (at < text.length && ' \t\n\r'.includes(text[at] as string)) at++
  return text[at] === ':'
}
