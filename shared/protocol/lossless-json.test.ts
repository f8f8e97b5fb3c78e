import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_DEPTH, parseLossless } from './lossless-json.ts'

const parsed = (text: string) => {
  const result = parseLossless(text)
  if (!result.ok) throw new Error(result.error.code)
  return result.value
}
const codeOf = (text: string) => {
  const result = parseLossless(text)
  return result.ok ? undefined : result.error.code
}

describe('long integers', () => {
  test('of 16 or more digits become strings, at any place', () => {
    expect(
      parsed('{"message_id":1420070400000000410,"n":[ -12345678901234567890 ,123456789012345]}'),
    ).toEqual({
      message_id: '1420070400000000410',
      n: ['-12345678901234567890', 123456789012345],
    })
    expect(parsed('1234567890123456')).toBe('1234567890123456')
    expect(parsed('{"a":{"b":[[9007199254740993]]},"c":"x"}')).toEqual({
      a: { b: [['9007199254740993']] },
      c: 'x',
    })
  })

  test.each([
    ['{"a":"1234567890123456789"}', { a: '1234567890123456789' }],
    ['{"1234567890123456789":1}', { '1234567890123456789': 1 }],
    ['["\\"1234567890123456789",2]', ['"1234567890123456789', 2]],
    ['["\\\\",1234567890123456789]', ['\\', '1234567890123456789']],
    ['[": 1234567890123456789, "]', [': 1234567890123456789, ']],
    ['{"a\\":1234567890123456789":1}', { 'a":1234567890123456789': 1 }],
  ])('digits inside strings stay as they are: %s', (text, value) => {
    expect(parsed(text)).toEqual(value)
  })

  test('fractions and exponents are numbers', () => {
    expect(parsed('[0.1234567890123456789, 1234567890123456.5, 1e20, 10000000000000000E2, -1.5e-3]')).toEqual(
      [0.12345678901234568, 1234567890123456.5, 1e20, 1e18, -0.0015],
    )
  })

  test.each([
    '{1234567890123456789:1}',
    '{"a":1,1234567890123456789 \n:1}',
    '01234567890123456789',
    '-01234567890123456',
    '+1234567890123456789',
    '- 1234567890123456789',
    '.1234567890123456789',
    '1234567890123456789.',
    '1234567890123456-',
    '"1234567890123456789',
    '["\\"1234567890123456789]',
    '1234567890123456789 1234567890123456789',
    'a1234567890123456789',
    '1234567890123456789n',
  ])('the digits make no JSON of what is none: %s', (text) => {
    expect(codeOf(text)).toBe('invalid_json')
  })
})

describe('refused', () => {
  test.each([
    '',
    ' ',
    '{',
    '{"a":}',
    "{'a':1}",
    '[1,]',
    'undefined',
    'NaN',
    'Infinity',
    '\u0000',
    '{"a":1}x',
    '"\n"',
  ])('not JSON: %j', (text) => {
    expect(codeOf(text)).toBe('invalid_json')
  })

  test.each(['1e400', '-1e400', '{"a":[1e999]}', `${'1'.repeat(400)}.0`])('no 64-bit float: %s', (text) => {
    expect(codeOf(text)).toBe('invalid_json')
  })

  test.each(['"\\u0000"', '{"a":"x\\u0000y"}', '{"\\u0000":1}'])('NUL characters: %s', (text) => {
    expect(codeOf(text)).toBe('invalid_json')
  })

  test.each(['"\\ud800"', '"\\uDC00 x"', '{"\\ud83d":1}', '["\\ude00\\ud83d"]', '"\ud800"'])(
    'lone surrogates: %j',
    (text) => {
      expect(codeOf(text)).toBe('invalid_json')
    },
  )

  test('pairs of surrogates are characters', () => {
    expect(parsed('"\\ud83d\\ude00"')).toBe('😀')
    expect(parsed('"😀"')).toBe('😀')
  })

  test.each([
    '{"__proto__":{"admin":true}}',
    '{"\\u005f_proto__":1}',
    '{"a":[{"__proto__":null}]}',
    '{"constructor":{"prototype":{}}}',
    '{"n":1234567890123456789,"__proto__":{}}',
  ])('poison for prototypes: %s', (text) => {
    expect(codeOf(text)).toBe('invalid_json')
  })

  test('harmless uses of these words pass', () => {
    expect(parsed('{"constructor":"x","prototype":1,"a":"__proto__"}')).toEqual({
      constructor: 'x',
      prototype: 1,
      a: '__proto__',
    })
  })

  test('more than 32 containers inside each other', () => {
    expect(codeOf('['.repeat(MAX_DEPTH) + ']'.repeat(MAX_DEPTH))).toBeUndefined()
    expect(codeOf('['.repeat(MAX_DEPTH + 1) + ']'.repeat(MAX_DEPTH + 1))).toBe('too_deep')
    expect(codeOf(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`)).toBe('too_deep')
    expect(codeOf('['.repeat(100_000))).toBe('invalid_json')
  })
})

test('of repeated keys the last counts', () => {
  expect(parsed('{"a":1,"a":2}')).toEqual({ a: 2 })
  expect(parsed('{"a":1234567890123456789,"a":2}')).toEqual({ a: 2 })
})

describe('for any input', () => {
  const wellFormed = fc.string({ unit: 'grapheme' }).filter((s) => !s.includes('\0'))
  const key = wellFormed.filter((s) => s !== '__proto__' && s !== 'constructor')
  const plain = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      wellFormed,
      fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 }),
      fc
        .double({ noNaN: true, noDefaultInfinity: true })
        .filter((n) => !/^-?\d{16,}$/.test(JSON.stringify(n))),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value')),
      fc.dictionary(key, tie('value'), { noNullPrototype: true }),
    ),
  })).value

  test('without long integers it is JSON.parse', () => {
    fc.assert(
      fc.property(plain, fc.constantFrom(undefined, 1, '\t'), (value, space) => {
        const text = JSON.stringify(value, null, space)
        expect(parsed(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  test('with long integers it is JSON.parse of the same with quotes', () => {
    const long = fc.bigInt({ min: 10n ** 15n, max: 2n ** 70n })
    fc.assert(
      fc.property(plain, long, fc.boolean(), (value, id, negative) => {
        const digits = `${negative ? '-' : ''}${id}`
        const text = JSON.stringify({ before: value, id: 0, after: [value, { id: 0 }] }, null, 1)
        const bare = text.replaceAll('"id": 0', `"id": ${digits}`)
        const quoted = text.replaceAll('"id": 0', `"id": "${digits}"`)
        expect(parsed(bare)).toEqual(JSON.parse(quoted))
      }),
    )
  })

  test.each([
    ['lists in lists', '['],
    ['empty lists', '[],'],
    ['small numbers', '0,'],
    ['short keys', '"a":0,'],
    ['blanks', '          '],
    ['one number', '1111111111'],
    ['signs', '- '],
  ])('of what takes seconds to read it reads little: %s', (_, piece) => {
    const text = `["",${piece.repeat((20 * 1024 * 1024) / piece.length)}`
    const since = performance.now()
    expect(codeOf(text)).toBe(piece === '[' ? 'too_deep' : 'invalid_json')
    expect(performance.now() - since).toBeLessThan(500)
  })

  test('a picture is no such thing', () => {
    const avatar = `data:image/png;base64,${'A'.repeat(20 * 1024 * 1024)}`
    expect(parseLossless(JSON.stringify({ avatar, id: 1 }, null, 2))).toEqual({
      ok: true,
      value: { avatar, id: 1 },
    })
  })

  test('it accepts nothing that JSON.parse refuses, and never throws', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      '\\',
      ':',
      ',',
      ' ',
      '1234567890123456',
      '-',
      '.',
      'e',
      '0',
      'a',
    )
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
      fc.json().map((text) => text.replace(/\d/, '1234567890123456')),
    )
    fc.assert(
      fc.property(hostile, (text) => {
        if (parseLossless(text).ok) expect(() => JSON.parse(text)).not.toThrow()
      }),
      { numRuns: 5000 },
    )
  })
})
