import type { Clock } from '#shared/kernel/clock.ts'

/** `limit` requests at once, then one each `windowMs / limit`. */
export interface Rate {
  readonly limit: number
  readonly windowMs: number
}

export interface Taken {
  readonly allowed: boolean
  /** How long until the whole burst is there again. */
  readonly backlogMs: number
}

const SWEPT_ABOVE = 100_000

/** GCRA: each cell is one number, the theoretical arrival time of the next request. */
export class GcraCells {
  readonly #clock: Clock
  readonly #arrivals = new Map<string, number>()
  #sweptAbove = SWEPT_ABOVE

  constructor(clock: Clock) {
    this.#clock = clock
  }

  take({ limit, windowMs }: Rate, cell: string): Taken {
    // Whole milliseconds: sums of fractions would refuse the last request of a burst now and then.
    const now = Math.floor(this.#clock.monotonic())
    const spacing = windowMs / limit
    const arrival = Math.max(this.#arrivals.get(cell) ?? now, now)
    const allowed = arrival + spacing - now <= windowMs
    if (!allowed) return { allowed, backlogMs: arrival - now }
    this.#arrivals.set(cell, arrival + spacing)
    if (this.#arrivals.size > this.#sweptAbove) this.#sweep(now)
    return { allowed, backlogMs: arrival + spacing - now }
  }

  #sweep(now: number): void {
    for (const [cell, arrival] of this.#arrivals) if (arrival <= now) this.#arrivals.delete(cell)
    // Cells that are all in use are not looked through for each request.
    this.#sweptAbove = Math.max(SWEPT_ABOVE, 2 * this.#arrivals.size)
  }
}
