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

/** Where requests are counted: in this process, or by several together. */
interface Cells {
  take(rate: Rate, cell: string): Taken | Promise<Taken>
}

/** Which requests pass, and what their answers say of it. */
export class RateLimits {
  readonly #clock: Clock
  readonly #cells: Cells

  constructor(clock: Clock, cells: Cells) {
    this.#clock = clock
    this.#cells = cells
  }

  /** @param key whose requests are counted: caller and major parameter */
  async take(bucket: Bucket, key: string): Promise<RateLimitVerdict> {
    const { name, limit, windowMs } = bucket
    const { allowed, backlogMs } = await this.#cells.take(bucket, `${name}:${key}`)
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
