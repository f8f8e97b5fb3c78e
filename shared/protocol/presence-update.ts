import { isSnowflake } from '#shared/kernel/ids.ts'
import type { Platform } from './platform.ts'

const STATUSES = ['online', 'idle', 'dnd', 'invisible', 'offline'] as const

export type PresenceStatus = (typeof STATUSES)[number]

export interface Activity {
  readonly name: string
  readonly type: number
  readonly state?: string
  readonly details?: string
  readonly url?: string
  readonly emoji?: { readonly id: string | null; readonly name: string; readonly animated?: boolean }
}

/** What a client says about its presence: the payload of op 3, and `presence` of Identify. */
export interface PresenceUpdate {
  readonly status: PresenceStatus
  readonly activities: readonly Activity[]
  /** Milliseconds since the Unix epoch; null when not idle. */
  readonly since: number | null
  readonly afk: boolean
}

/** Of a session that says nothing. */
export const ONLINE: PresenceUpdate = { status: 'online', activities: [], since: null, afk: false }

/** What one session of a person says of itself; only he is told of it. */
export interface OwnSession extends PresenceUpdate {
  readonly session_id: string
  readonly platform: Platform
}

/**
 * Undefined when it is malformed. Missing and null fields mean online, no activities, not idle.
 * Of an activity only these fields are kept, since others are shown it.
 */
export function readPresence(value: unknown): PresenceUpdate | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { status, activities, since, afk } = value as Record<string, unknown>
  const known = STATUSES.find((one) => one === (status ?? 'online'))
  const list = activities ?? []
  if (!known || !Array.isArray(list)) return undefined
  const read = list.map(readActivity)
  if (!read.every((activity) => activity !== undefined)) return undefined
  return {
    status: known,
    activities: read,
    since: typeof since === 'number' ? since : null,
    afk: afk === true,
  }
}

function readActivity(value: unknown): Activity | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { name, type, state, details, url, emoji } = value as Record<string, unknown>
  const shown = readEmoji(emoji)
  if (typeof name !== 'string') return undefined
  return {
    name,
    type: typeof type === 'number' && Number.isInteger(type) && type >= 0 ? type : 0,
    ...(typeof state === 'string' && { state }),
    ...(typeof details === 'string' && { details }),
    ...(typeof url === 'string' && { url }),
    ...(shown && { emoji: shown }),
  }
}

/** Of a custom status: unicode, or one of a guild by its id. */
function readEmoji(value: unknown): Activity['emoji'] {
  if (typeof value !== 'object' || value === null) return undefined
  const { id, name, animated } = value as Record<string, unknown>
  if (typeof name !== 'string') return undefined
  return {
    id: typeof id === 'string' && isSnowflake(id) ? id : null,
    name,
    ...(typeof animated === 'boolean' && { animated }),
  }
}
