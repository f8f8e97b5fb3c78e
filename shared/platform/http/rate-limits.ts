import { createHash } from 'node:crypto'
import type { Clock } from '#shared/kernel/clock.ts'

/** `limit` requests per `windowMs`; routes with one name share it, the major parameter splits it. */
export interface Bucket {
  readonly name: string
  readonly limit: number
  readonly windowMs: number
}

export interface RateLimitVerdict {
  readonly allowed: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly retryAfterSeconds: number
}

const CELLS_SWEPT_ABOVE = 100_000

/**
 * GCRA: each cell is one number, the theoretical arrival time of the next request. A burst of `limit` passes,
 * then one each `windowMs / limit`.
 */
export class RateLimits {
  readonly #clock: Clock
  readonly #cells = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @param key whose requests are counted: caller and major parameter */
  take(bucket: Bucket, key: string): RateLimitVerdict {
    const now = this.#clock.now()
    const spacing = bucket.windowMs / bucket.limit
    const cell = `${bucket.name}:${key}`
    const arrival = Math.max(this.#cells.get(cell) ?? now, now)
    const allowed = arrival + spacing - now <= bucket.windowMs
    const next = allowed ? arrival + spacing : arrival
    if (allowed) this.#set(cell, next, now)
    const remaining = Math.max(0, Math.floor((bucket.windowMs - (next - now)) / spacing))
    const retryAfterSeconds = allowed ? 0 : (arrival + spacing - now - bucket.windowMs) / 1_000
    return { allowed, retryAfterSeconds, headers: headersOf(bucket, remaining, next, now) }
  }

  #set(cell: string, next: number, now: number): void {
    this.#cells.set(cell, next)
    if (this.#cells.size < CELLS_SWEPT_ABOVE) return
    for (const [key, arrival] of this.#cells) if (arrival <= now) this.#cells.delete(key)
  }
}

function headersOf(bucket: Bucket, remaining: number, resetAt: number, now: number): Record<string, string> {
  return {
    'x-ratelimit-limit': String(bucket.limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': (resetAt / 1_000).toFixed(3),
    'x-ratelimit-reset-after': (Math.max(0, resetAt - now) / 1_000).toFixed(3),
    'x-ratelimit-bucket': bucketId(bucket.name),
  }
}

const ids = new Map<string, string>()

function bucketId(name: string): string {
  let id = ids.get(name)
  if (!id) {
    id = createHash('sha256').update(name).digest('hex').slice(0, 32)
    ids.set(name, id)
  }
  return id
}
