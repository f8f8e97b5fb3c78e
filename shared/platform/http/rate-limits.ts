import { createHash } from 'node:crypto'
import type { Clock } from '#shared/kernel/clock.ts'
import type { Rate, Taken } from './gcra-cells.ts'

/** Routes with one name share it, the major parameter splits it. */
export interface Bucket extends Rate {
  readonly name: string
}

export interface RateLimitVerdict {
  readonly allowed: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly retryAfterSeconds: number
}

/** How many of what pass. */
export interface RateSizes {
  /** Requests of one caller in a second, whatever they are. */
  readonly global: number
  /** By the names of buckets; of others their own limit holds. */
  readonly buckets: Readonly<Record<string, number>>
  /** Answers of 401, 403 and 429 to one address, in a time for which it is then shut out. */
  readonly refusals: { readonly most: number; readonly windowMs: number }
}

export const USUAL_SIZES: RateSizes = {
  global: 50,
  buckets: {},
  refusals: { most: 10_000, windowMs: 600_000 },
}

const GLOBAL_WINDOW_MS = 1_000

/** Where requests are counted: in this process, or by several together. */
interface Cells {
  take(rate: Rate, cell: string): Taken | Promise<Taken>
}

/** Which requests pass, and what their answers say of it. */
export class RateLimits {
  readonly #clock: Clock
  readonly #cells: Cells
  readonly #sizes: RateSizes
  /** Addresses that are shut out, with the monotonic time of its end. */
  readonly #shutOut = new Map<string, number>()

  constructor(clock: Clock, cells: Cells, sizes: RateSizes = USUAL_SIZES) {
    this.#clock = clock
    this.#cells = cells
    this.#sizes = sizes
  }

  /** @param key whose requests are counted: caller and major parameter */
  async take(bucket: Bucket, key: string): Promise<RateLimitVerdict> {
    const { name, windowMs } = bucket
    const limit = this.#sizes.buckets[name] ?? bucket.limit
    const { allowed, backlogMs } = await this.#cells.take({ limit, windowMs }, `${name}:${key}`)
    const spacing = windowMs / limit
    return {
      allowed,
      retryAfterSeconds: allowed ? 0 : (backlogMs + spacing - windowMs) / 1_000,
      headers: {
        'x-ratelimit-limit': String(limit),
        'x-ratelimit-remaining': String(Math.max(0, Math.floor((windowMs - backlogMs) / spacing))),
        'x-ratelimit-reset': ((this.#clock.now() + backlogMs) / 1_000).toFixed(3),
        'x-ratelimit-reset-after': (backlogMs / 1_000).toFixed(3),
        'x-ratelimit-bucket': bucketId(name),
      },
    }
  }

  /** @returns for how many seconds the caller must wait with everything; 0: not at all */
  async takeGlobal(caller: string): Promise<number> {
    const rate = { limit: this.#sizes.global, windowMs: GLOBAL_WINDOW_MS }
    const { allowed, backlogMs } = await this.#cells.take(rate, `global:${caller}`)
    return allowed ? 0 : (backlogMs + rate.windowMs / rate.limit - rate.windowMs) / 1_000
  }

  /** Counts an answer of 401, 403 or 429. With one too many this process shuts the address out. */
  async noteRefusal(address: string): Promise<void> {
    const { most, windowMs } = this.#sizes.refusals
    const { allowed } = await this.#cells.take({ limit: most, windowMs }, `refusals:${address}`)
    if (allowed) return
    const now = this.#clock.monotonic()
    for (const [each, until] of this.#shutOut) if (until <= now) this.#shutOut.delete(each)
    this.#shutOut.set(address, now + windowMs)
  }

  /** @returns for how many seconds more an address is shut out; 0: it is not */
  shutOutFor(address: string): number {
    const until = this.#shutOut.get(address)
    return until === undefined ? 0 : Math.max(0, (until - this.#clock.monotonic()) / 1_000)
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
