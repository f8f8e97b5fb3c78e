/** Steps within each doubling: a value is known to 1/64 of itself. */
const STEPS = 64

/** A histogram as it travels between processes. */
export interface HistogramSnapshot {
  readonly counts: readonly (readonly [bucket: number, count: number])[]
  readonly max: number
}

/** Counts of durations in whole microseconds, in buckets that grow with the value. */
export class Histogram {
  readonly #counts = new Map<number, number>()
  #count = 0
  #max = 0

  get count(): number {
    return this.#count
  }

  /** The largest value as it was recorded; 0: none. */
  get max(): number {
    return this.#max
  }

  record(micros: number): void {
    this.#add(bucketOf(micros), 1)
    this.#max = Math.max(this.#max, micros)
  }

  add(snapshot: HistogramSnapshot): this {
    for (const [bucket, count] of snapshot.counts) this.#add(bucket, count)
    this.#max = Math.max(this.#max, snapshot.max)
    return this
  }

  /** The value that a share (0 to 1) of all recorded ones does not exceed; 0: none were recorded. */
  quantile(share: number): number {
    let left = Math.max(1, Math.ceil(share * this.#count))
    for (const [bucket, count] of [...this.#counts].sort(([a], [b]) => a - b)) {
      left -= count
      if (left <= 0) return Math.min(upperEdge(bucket), this.#max)
    }
    return 0
  }

  snapshot(): HistogramSnapshot {
    return { counts: [...this.#counts], max: this.#max }
  }

  #add(bucket: number, count: number): void {
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + count)
    this.#count += count
  }
}

/** Below STEPS every value has a bucket of its own. */
function bucketOf(micros: number): number {
  const value = Math.max(0, Math.round(micros))
  if (value < STEPS) return value
  const doubling = Math.floor(Math.log2(value / STEPS))
  return STEPS * (doubling + 1) + Math.floor(value / 2 ** doubling) - STEPS
}

/** The largest value of a bucket. */
function upperEdge(bucket: number): number {
  if (bucket < STEPS) return bucket
  const doubling = Math.floor(bucket / STEPS) - 1
  return ((bucket % STEPS) + STEPS + 1) * 2 ** doubling - 1
}
