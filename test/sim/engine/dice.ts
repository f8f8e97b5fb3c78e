import { seededRandom } from '#test/support/random-operations.ts'

/** All chance of a world, from its seed. */
export class Dice {
  readonly next: () => number

  constructor(seed: number) {
    this.next = seededRandom(seed)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low)
  }

  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1))
  }

  pick<T>(of: readonly T[]): T {
    return of[Math.floor(this.next() * of.length)] as T
  }

  /** One of several by weight. */
  weighted<T>(of: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.next() * of.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, value] of of) {
      left -= weight
      if (left < 0) return value
    }
    return (of[of.length - 1] as readonly [number, T])[1]
  }
}
