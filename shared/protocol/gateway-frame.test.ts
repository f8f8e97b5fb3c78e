import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CloseCode } from './close-codes.ts'
import { MAX_FRAME_BYTES, parseFrame } from './gateway-frame.ts'
import { KNOWN_INTENTS } from './intents.ts'

const parse = (op: unknown, d?: unknown) => parseFrame(JSON.stringify({ op, d }))
const frame = (op: number, d?: unknown) => {
  const parsed = parse(op, d)
  if (!parsed.ok) throw new Error(`closed with ${parsed.error}`)
  return parsed.value
}
const closed = (op: unknown, d?: unknown) => {
  const parsed = parse(op, d)
  return parsed.ok ? undefined : parsed.error
}

const IDENTIFY = { token: 'abc', intents: 513, properties: { os: 'linux', browser: 'x', device: 'x' } }

describe('heartbeat', () => {
  test.each([[null], [0], [251], [undefined]])('with %j', (seq) => {
    expect(frame(1, seq)).toEqual({ kind: 'heartbeat', seq: seq ?? null })
  })

  test('a number beyond 2^53 is larger than all that were sent', () => {
    for (const digits of ['9007199254740993', '99999999999999999999', '9'.repeat(400), '1e20']) {
      expect(parseFrame(`{"op":1,"d":${digits}}`)).toEqual({
        ok: true,
        value: { kind: 'heartbeat', seq: Number.MAX_SAFE_INTEGER },
      })
    }
  })

  test.each([[-1], [1.5], ['x'], [''], [{}], [[]], [true]])('%j is malformed', (seq) => {
    expect(closed(1, seq)).toBe(CloseCode.DECODE_ERROR)
  })
})

describe('identify', () => {
  test('with the least that is needed', () => {
    expect(frame(2, { token: 'abc' })).toEqual({
      kind: 'identify',
      token: 'abc',
      intents: undefined,
      shard: undefined,
      largeThreshold: 50,
      presence: undefined,
      platform: 'web',
    })
  })

  test('with everything', () => {
    const presence = { status: 'idle', since: 1, afk: true, activities: [{ name: 'a', type: 0 }] }
    expect(frame(2, { ...IDENTIFY, shard: [1, 2], large_threshold: 100, presence, compress: true })).toEqual({
      kind: 'identify',
      token: 'abc',
      intents: 513,
      shard: [1, 2],
      largeThreshold: 100,
      presence,
      platform: 'web',
    })
  })

  test('the token may have the prefix Bot', () => {
    expect(frame(2, { token: 'Bot abc' })).toMatchObject({ token: 'abc' })
    expect(frame(6, { token: 'Bot abc', session_id: 's', seq: 1 })).toMatchObject({ token: 'abc' })
  })

  test.each([[true], [false], ['zlib-stream'], [null], [{}]])('compress may be %j', (compress) => {
    expect(frame(2, { ...IDENTIFY, compress })).toMatchObject({ kind: 'identify' })
  })

  test.each([[undefined], [null], [5], [{ $os: 'x' }]])('properties may be %j', (properties) => {
    expect(frame(2, { ...IDENTIFY, properties })).toMatchObject({ kind: 'identify' })
  })

  test.each([
    [{ browser: 'Discord iOS' }, 'mobile'],
    [{ $browser: 'Discord Android' }, 'mobile'],
    [{ browser: 'Discord Client' }, 'desktop'],
    [{ browser: 'discord.js' }, 'web'],
    [null, 'web'],
  ])('properties %j are of %s', (properties, platform) => {
    expect(frame(2, { ...IDENTIFY, properties })).toMatchObject({ platform })
  })

  test('a presence of eris: offline, activities null', () => {
    const presence = { status: 'offline', activities: null, since: 0, afk: false }
    expect(frame(2, { ...IDENTIFY, presence })).toMatchObject({
      presence: { status: 'offline', activities: [] },
    })
    expect(frame(2, { ...IDENTIFY, presence: null })).toMatchObject({ presence: undefined })
  })

  test.each([
    [undefined, 50],
    [1, 50],
    [1e9, 250],
    ['x', 50],
    [99.5, 99],
  ])('large_threshold %j is %i', (large_threshold, largeThreshold) => {
    expect(frame(2, { ...IDENTIFY, large_threshold })).toMatchObject({ largeThreshold })
  })

  test.each([
    [1 << 17],
    [1 << 26],
    [-1],
    [2 ** 32],
    [-(2 ** 32)],
    [2 ** 40],
    [2 ** 53],
    [1.5],
    ['513'],
    [{}],
  ])('intents %j: 4013', (intents) => {
    expect(closed(2, { ...IDENTIFY, intents })).toBe(CloseCode.INVALID_INTENTS)
  })

  test('all known intents together, none, and null', () => {
    expect(frame(2, { ...IDENTIFY, intents: KNOWN_INTENTS })).toMatchObject({ intents: KNOWN_INTENTS })
    expect(frame(2, { ...IDENTIFY, intents: 0 })).toMatchObject({ intents: 0 })
    expect(frame(2, { ...IDENTIFY, intents: null })).toMatchObject({ intents: undefined })
  })

  test.each([
    [[1, 1]],
    [[2, 1]],
    [[-1, 1]],
    [[0, 0]],
    [[0]],
    [[0, 1, 2]],
    [['0', '1']],
    [[0.5, 1]],
    ['0,1'],
    [{}],
    [0],
  ])('shard %j: 4010', (shard) => {
    expect(closed(2, { ...IDENTIFY, shard })).toBe(CloseCode.INVALID_SHARD)
  })

  test.each([[undefined], [null], ['x'], [[]], [{}], [{ token: 5 }], [{ token: 'a', presence: 5 }]])(
    '%j is malformed',
    (d) => {
      expect(closed(2, d)).toBe(CloseCode.DECODE_ERROR)
    },
  )
})

describe('resume', () => {
  const resume = { token: 'abc', session_id: 's', seq: 3 }

  test('is read; a seq of null is 0', () => {
    expect(frame(6, resume)).toEqual({ kind: 'resume', token: 'abc', sessionId: 's', seq: 3 })
    expect(frame(6, { ...resume, seq: null })).toMatchObject({ seq: 0 })
  })

  test('an impossible seq stays impossible', () => {
    expect(
      parseFrame('{"op":6,"d":{"token":"a","session_id":"s","seq":18446744073709551615}}'),
    ).toMatchObject({
      value: { seq: Number.MAX_SAFE_INTEGER },
    })
  })

  test.each([
    [{ token: 1 }],
    [{ session_id: 1 }],
    [{ session_id: undefined }],
    [{ seq: -1 }],
    [{ seq: 'x' }],
    [{ seq: {} }],
  ])('with %j it is malformed', (part) => {
    expect(closed(6, { ...resume, ...part })).toBe(CloseCode.DECODE_ERROR)
  })
})

describe('request guild members', () => {
  const guild_id = '1420070400000000410'

  test('the whole list', () => {
    const whole = {
      kind: 'request_members',
      guildId: guild_id,
      by: { query: '', limit: 0 },
      presences: false,
    }
    expect(frame(8, { guild_id, query: '', limit: 0 })).toEqual({ ...whole, nonce: undefined })
    expect(frame(8, { guild_id, query: '', limit: 0, user_ids: [], nonce: 'n' })).toEqual({
      ...whole,
      nonce: 'n',
    })
    expect(frame(8, { guild_id: [guild_id], query: '', limit: 0 })).toMatchObject(whole)
  })

  test('by prefix, and by ids, one or several', () => {
    expect(frame(8, { guild_id, query: 'an', limit: 5, presences: true })).toMatchObject({
      by: { query: 'an', limit: 5 },
      presences: true,
    })
    expect(frame(8, { guild_id, user_ids: '5' })).toMatchObject({ by: { userIds: ['5'] } })
    expect(frame(8, { guild_id, user_ids: ['5', '6'], query: null })).toMatchObject({
      by: { userIds: ['5', '6'] },
    })
    expect(frame(8, { guild_id, user_ids: [] })).toMatchObject({ by: { userIds: [] } })
  })

  test('ids as bare integers', () => {
    const text = `{"op":8,"d":{"guild_id":${guild_id},"user_ids":[1420070400000000411],"limit":0}}`
    expect(parseFrame(text)).toMatchObject({
      value: { guildId: guild_id, by: { userIds: ['1420070400000000411'] } },
    })
  })

  test('no more than 100 ids count', () => {
    const user_ids = Array.from({ length: 150 }, (_, n) => String(n + 1))
    expect(frame(8, { guild_id, user_ids })).toMatchObject({ by: { userIds: user_ids.slice(0, 100) } })
  })

  test('a nonce of more than 32 bytes is left out', () => {
    expect(frame(8, { guild_id, query: '', nonce: 'x'.repeat(32) })).toMatchObject({ nonce: 'x'.repeat(32) })
    expect(frame(8, { guild_id, query: '', nonce: 'é'.repeat(17) })).toMatchObject({ nonce: undefined })
  })

  test.each([
    [{}],
    [{ guild_id: 'x' }],
    [{ guild_id: ['1', '2'] }],
    [{ guild_id: -1 }],
    [{ guild_id, query: 5 }],
    [{ guild_id, query: '', limit: -1 }],
    [{ guild_id, query: '', limit: 'x' }],
    [{ guild_id, user_ids: ['x'] }],
    [{ guild_id, user_ids: [{}] }],
  ])('%j is malformed', (d) => {
    expect(closed(8, d)).toBe(CloseCode.DECODE_ERROR)
  })
})

test('presence', () => {
  expect(frame(3, { status: 'dnd', activities: [], since: null, afk: false })).toEqual({
    kind: 'presence',
    presence: { status: 'dnd', activities: [], since: null, afk: false },
  })
  expect(closed(3, { status: 'away' })).toBe(CloseCode.DECODE_ERROR)
  expect(closed(3)).toBe(CloseCode.DECODE_ERROR)
})

test.each([4, 14, 31, 37, 43])('op %i is quietly ignored, whatever it carries', (op) => {
  expect(frame(op, { anything: true })).toEqual({ kind: 'ignored', op })
  expect(frame(op)).toEqual({ kind: 'ignored', op })
})

test.each([0, 5, 7, 9, 10, 11, 12, -1, 1.5, 99])('op %d is no client’s: 4001', (op) => {
  expect(closed(op, {})).toBe(CloseCode.UNKNOWN_OPCODE)
})

test.each([
  '',
  'x',
  '{',
  '5',
  'null',
  '[]',
  '"x"',
  '{}',
  '{"op":"1"}',
  '{"op":null}',
  '{"op":1,"d":1e400}',
  '{"op":1}\u0000',
])('not a frame: %j: 4002', (text) => {
  expect(parseFrame(text)).toEqual({ ok: false, error: CloseCode.DECODE_ERROR })
})

test('a frame has at most 4096 bytes, counted as UTF-8', () => {
  const sized = (filler: string, bytes: number) =>
    `{"op":1,"x":"${filler.repeat((bytes - 15) / Buffer.byteLength(filler))}"}`
  expect(Buffer.byteLength(sized('a', MAX_FRAME_BYTES))).toBe(MAX_FRAME_BYTES)
  expect(parseFrame(sized('a', MAX_FRAME_BYTES)).ok).toBe(true)
  expect(parseFrame(sized('a', MAX_FRAME_BYTES + 1)).ok).toBe(false)
  expect(parseFrame(sized('é', 5001)).ok).toBe(false)
})

test('never throws, and answers with a frame or a documented code', () => {
  const codes = [
    CloseCode.UNKNOWN_OPCODE,
    CloseCode.DECODE_ERROR,
    CloseCode.INVALID_SHARD,
    CloseCode.INVALID_INTENTS,
  ]
  const names = fc.constantFrom(
    'token',
    'intents',
    'shard',
    'presence',
    'seq',
    'session_id',
    'guild_id',
    'user_ids',
    'query',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc
      .record({ op: fc.integer({ min: 0, max: 12 }), d: fc.oneof(fc.object({ key: names }), fc.jsonValue()) })
      .map((value) => JSON.stringify(value)),
  )
  fc.assert(
    fc.property(text, (input) => {
      const parsed = parseFrame(input)
      if (!parsed.ok) expect(codes).toContain(parsed.error)
    }),
    { numRuns: 2000 },
  )
})
