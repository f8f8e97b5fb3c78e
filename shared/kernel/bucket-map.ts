const BUCKETS = 256

/**
 * A persistent map by decimal id: `set` and `delete` return a new map that shares all but one of 256 buckets
 * with the old one. States of a guild at many positions can so be kept for the price of their differences.
 */
export class BucketMap<V> {
  readonly size: number
  readonly #buckets: readonly (ReadonlyMap<string, V> | undefined)[]

  private constructor(buckets: readonly (ReadonlyMap<string, V> | undefined)[], size: number) {
    this.#buckets = buckets
    this.size = size
  }

  static from<V>(entries: Iterable<readonly [string, V]> = []): BucketMap<V> {
    const buckets: (Map<string, V> | undefined)[] = new Array(BUCKETS)
    let size = 0
    for (const [id, value] of entries) {
      const index = bucketOf(id)
      const bucket = buckets[index] ?? new Map<string, V>()
      buckets[index] = bucket
      if (!bucket.has(id)) size++
      bucket.set(id, value)
    }
    return new BucketMap(buckets, size)
  }

  get(id: string): V | undefined {
    return this.#buckets[bucketOf(id)]?.get(id)
  }

  has(id: string): boolean {
    return this.#buckets[bucketOf(id)]?.has(id) ?? false
  }

  set(id: string, value: V): BucketMap<V> {
    const bucket = new Map(this.#buckets[bucketOf(id)])
    const grown = bucket.has(id) ? 0 : 1
    bucket.set(id, value)
    return this.#with(id, bucket, this.size + grown)
  }

  delete(id: string): BucketMap<V> {
    if (!this.has(id)) return this
    const bucket = new Map(this.#buckets[bucketOf(id)])
    bucket.delete(id)
    return this.#with(id, bucket, this.size - 1)
  }

  *values(): IterableIterator<V> {
    for (const bucket of this.#buckets) if (bucket) yield* bucket.values()
  }

  *keys(): IterableIterator<string> {
    for (const bucket of this.#buckets) if (bucket) yield* bucket.keys()
  }

  #with(id: string, bucket: ReadonlyMap<string, V>, size: number): BucketMap<V> {
    const buckets = this.#buckets.slice()
    buckets[bucketOf(id)] = bucket
    return new BucketMap(buckets, size)
  }
}

/** The low digits of a snowflake are its sequence: spread evenly. */
function bucketOf(id: string): number {
  return Number(id.slice(-6)) & (BUCKETS - 1)
}
