import { isSnowflake, type Snowflake } from '#shared/kernel/ids.ts'
import { err, ok, type Result } from '#shared/kernel/result.ts'
import { CloseCode } from './close-codes.ts'
import { KNOWN_INTENTS } from './intents.ts'
import { parseLossless } from './lossless-json.ts'
import { Opcode } from './opcodes.ts'
import { type Platform, platformOf } from './platform.ts'
import { type PresenceUpdate, readPresence } from './presence-update.ts'

export const MAX_FRAME_BYTES = 4096

export type ClientFrame =
  | { readonly kind: 'heartbeat'; readonly seq: number | null }
  | IdentifyFrame
  | { readonly kind: 'presence'; readonly presence: PresenceUpdate }
  | { readonly kind: 'resume'; readonly token: string; readonly sessionId: string; readonly seq: number }
  | RequestMembersFrame
  | { readonly kind: 'ignored'; readonly op: number }

export interface IdentifyFrame {
  readonly kind: 'identify'
  /** Without the prefix `Bot `. */
  readonly token: string
  /** Undefined when none were sent, as people's clients do. */
  readonly intents: number | undefined
  readonly shard: readonly [id: number, count: number] | undefined
  /** 50 to 250. */
  readonly largeThreshold: number
  readonly presence: PresenceUpdate | undefined
  readonly platform: Platform
}

export interface RequestMembersFrame {
  readonly kind: 'request_members'
  readonly guildId: Snowflake
  /** At most 100 ids. */
  readonly by: { readonly userIds: readonly string[] } | { readonly query: string; readonly limit: number }
  readonly presences: boolean
  readonly nonce: string | undefined
}

type Read<T> = Result<T, CloseCode>
type Fields = Readonly<Record<string, unknown>>

const malformed = err(CloseCode.DECODE_ERROR)

/**
 * A text frame of a client, or the code to close with: 4001 for an unknown opcode, 4002 for what cannot be
 * decoded, 4010 and 4013 for a malformed shard and unknown intents. As tolerant as the libraries need:
 * what is not read here (`compress`, most of `properties`) may be anything. Never throws.
 */
export function parseFrame(text: string): Read<ClientFrame> {
  if (Buffer.byteLength(text) > MAX_FRAME_BYTES) return malformed
  const json = parseLossless(text)
  if (!json.ok || !isFields(json.value)) return malformed
  const { op, d } = json.value
  switch (op) {
    case Opcode.HEARTBEAT:
      return readHeartbeat(d)
    case Opcode.IDENTIFY:
      return isFields(d) ? readIdentify(d) : malformed
    case Opcode.PRESENCE_UPDATE: {
      const presence = readPresence(d)
      return presence ? ok({ kind: 'presence', presence }) : malformed
    }
    case Opcode.RESUME:
      return isFields(d) ? readResume(d) : malformed
    case Opcode.REQUEST_GUILD_MEMBERS:
      return isFields(d) ? readRequestMembers(d) : malformed
    case Opcode.VOICE_STATE_UPDATE:
    case Opcode.GUILD_SUBSCRIPTIONS:
    case Opcode.REQUEST_SOUNDBOARD_SOUNDS:
    case Opcode.GUILD_SUBSCRIPTIONS_BULK:
    case Opcode.REQUEST_CHANNEL_INFO:
      return ok({ kind: 'ignored', op })
    default:
      return typeof op === 'number' ? err(CloseCode.UNKNOWN_OPCODE) : malformed
  }
}

function readHeartbeat(d: unknown): Read<ClientFrame> {
  const seq = readSeq(d)
  return seq === undefined ? malformed : ok({ kind: 'heartbeat', seq })
}

/** A Resume that has received nothing yet says null; that is 0. */
function readResume(d: Fields): Read<ClientFrame> {
  const { token, session_id: sessionId } = d
  const seq = readSeq(d.seq)
  if (typeof token !== 'string' || typeof sessionId !== 'string' || seq === undefined) return malformed
  return ok({ kind: 'resume', token: bare(token), sessionId, seq: seq ?? 0 })
}

function readIdentify(d: Fields): Read<IdentifyFrame> {
  if (typeof d.token !== 'string') return malformed
  const intents = d.intents ?? undefined
  if (intents !== undefined && !areKnownIntents(intents)) return err(CloseCode.INVALID_INTENTS)
  const shard = d.shard ?? undefined
  if (shard !== undefined && !isShard(shard)) return err(CloseCode.INVALID_SHARD)
  const hasPresence = d.presence !== undefined && d.presence !== null
  const presence = hasPresence ? readPresence(d.presence) : undefined
  if (hasPresence && !presence) return malformed
  const threshold = typeof d.large_threshold === 'number' ? Math.trunc(d.large_threshold) : 50
  const largeThreshold = Math.min(Math.max(threshold, 50), 250)
  const platform = platformOf(d.properties)
  return ok({ kind: 'identify', token: bare(d.token), intents, shard, largeThreshold, presence, platform })
}

/** The whole list is `query: ''` with `limit: 0`, which is also what a request that names neither gets. */
function readRequestMembers(d: Fields): Read<RequestMembersFrame> {
  const guildId = readId(Array.isArray(d.guild_id) && d.guild_id.length === 1 ? d.guild_id[0] : d.guild_id)
  if (!guildId) return malformed
  const by = readSelection(d)
  if (!by) return malformed
  const nonce = typeof d.nonce === 'string' && Buffer.byteLength(d.nonce) <= 32 ? d.nonce : undefined
  return ok({ kind: 'request_members', guildId, by, presences: d.presences === true, nonce })
}

function readSelection(d: Fields): RequestMembersFrame['by'] | undefined {
  const query = d.query ?? undefined
  const listed = d.user_ids ?? undefined
  const ids = listed === undefined || Array.isArray(listed) ? listed : [listed]
  if (ids && (ids.length > 0 || query === undefined)) {
    const userIds = ids.slice(0, 100).map(readId)
    return userIds.every((id) => id !== undefined) ? { userIds } : undefined
  }
  const limit = d.limit ?? 0
  if (query !== undefined && typeof query !== 'string') return undefined
  if (typeof limit !== 'number' || !Number.isSafeInteger(limit) || limit < 0) return undefined
  return { query: query ?? '', limit }
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const bare = (token: string): string => token.replace(/^Bot /, '')

/** discord.py sends ids as bare integers. */
function readId(value: unknown): Snowflake | undefined {
  const id = typeof value === 'number' ? String(value) : value
  return typeof id === 'string' && isSnowflake(id) ? id : undefined
}

/** Undefined for what is no sequence number. One beyond 2^53 was never sent: it stays larger than all that were. */
function readSeq(value: unknown): number | null | undefined {
  if (value === null || value === undefined) return null
  const seq = typeof value === 'string' && /^[0-9]+$/.test(value) ? Number(value) : value
  if (typeof seq !== 'number' || seq < 0) return undefined
  if (seq >= Number.MAX_SAFE_INTEGER) return Number.MAX_SAFE_INTEGER
  return Number.isInteger(seq) ? seq : undefined
}

/** The comparison comes first: bit operations see only the lower 32 bits. */
const areKnownIntents = (value: unknown): value is number =>
  typeof value === 'number' &&
  Number.isInteger(value) &&
  value >= 0 &&
  value <= KNOWN_INTENTS &&
  (value & ~KNOWN_INTENTS) === 0

function isShard(value: unknown): value is readonly [number, number] {
  if (!Array.isArray(value) || value.length !== 2) return false
  const [id, count] = value
  return Number.isSafeInteger(id) && Number.isSafeInteger(count) && id >= 0 && id < count
}
