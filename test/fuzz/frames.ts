import { KNOWN_INTENTS } from '#shared/protocol/intents.ts'
import type { Schema } from '#test/support/bad-values.ts'
import type { Chance } from './chance.ts'
import { hostileString, hostileValue, jsonText, RawJson } from './hostile-values.ts'
import { fittingValue, type Known, spoiltValue } from './schema-values.ts'

type Fields = Readonly<Record<string, object>>

const object = (properties: Fields, required: readonly string[] = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
})
const text = { type: 'string', maxLength: 30 }
const whole = { type: 'integer', minimum: 0, maximum: 100 }
const flag = { type: 'boolean' }
const id = { type: ['string', 'integer'], format: 'snowflake' }

const presence = object({
  since: { anyOf: [whole, { type: 'null' }] },
  activities: { type: 'array', items: object({ name: text, type: whole, state: text }), maxItems: 3 },
  status: { enum: ['online', 'idle', 'dnd', 'invisible', 'offline'] },
  afk: flag,
})

/** What clients send, by opcode: the `d` of each. */
const FRAMES: Readonly<Record<number, object>> = {
  1: { anyOf: [whole, { type: 'null' }] },
  2: object(
    {
      token: text,
      intents: { enum: [0, 1, KNOWN_INTENTS] },
      properties: object({ os: text, browser: text, device: text }),
      compress: flag,
      large_threshold: { type: 'integer', minimum: 50, maximum: 250 },
      shard: { type: 'array', items: { enum: [0, 1, 2] }, minItems: 2, maxItems: 2 },
      presence,
    },
    ['token', 'properties'],
  ),
  3: presence,
  4: object({
    guild_id: id,
    channel_id: { anyOf: [id, { type: 'null' }] },
    self_mute: flag,
    self_deaf: flag,
  }),
  6: object({ token: text, session_id: text, seq: whole }),
  8: object(
    {
      guild_id: id,
      query: text,
      limit: whole,
      presences: flag,
      user_ids: { type: 'array', items: id },
      nonce: text,
    },
    ['guild_id'],
  ),
  14: object({ guild_id: id, typing: flag, channels: object({}) }),
  31: object({ guild_ids: { type: 'array', items: id } }),
}

export interface FuzzFrame {
  readonly bytes: Buffer
  readonly isBinary: boolean
}

/** One frame of a client: as it should be, nearly, or nothing like it. */
export function makeFrame(chance: Chance, known: Known): FuzzFrame {
  const ops = Object.keys(FRAMES)
  const op = Number(chance.pick(chance.is(0.5) ? ['1', '3', '8'] : ops))
  const d = fittingValue(FRAMES[op] as Schema, chance, known)
  const frame = { op, d }
  const asText = (value: unknown): FuzzFrame => ({ bytes: Buffer.from(jsonText(value)), isBinary: false })
  switch (chance.is(0.8) ? 9 : chance.between(0, 5)) {
    case 0:
      return asText({
        ...frame,
        op: chance.pick([new RawJson('1e400'), -1, 5, 12, 99, '2', null, 1.5, hostileValue(chance)]),
      })
    case 1:
      return asText(hostileValue(chance))
    case 2:
    case 3:
    case 4:
      return asText({ ...frame, d: spoiltValue(d, chance) })
    case 5:
      return broken(Buffer.from(jsonText(frame)), chance)
    default:
      return asText({
        ...frame,
        ...(chance.is(0.1) ? { s: hostileValue(chance), t: hostileString(chance) } : {}),
      })
  }
}

function broken(bytes: Buffer, chance: Chance): FuzzFrame {
  switch (chance.between(0, 5)) {
    case 0:
      return { bytes, isBinary: true }
    case 1:
      return { bytes: bytes.subarray(0, chance.between(0, bytes.length - 1)), isBinary: false }
    case 2:
      return { bytes: Buffer.from([0xff, 0xfe, 0x80]), isBinary: chance.is(0.5) }
    case 3:
      return { bytes: Buffer.alloc(chance.pick([4_096, 4_097, 5_000, 20_000]), 'x'), isBinary: false }
    case 4:
      return { bytes: Buffer.from(`${'['.repeat(chance.pick([100, 3_000]))}`), isBinary: false }
    default:
      return { bytes: Buffer.concat([bytes, Buffer.from('\0')]), isBinary: false }
  }
}
