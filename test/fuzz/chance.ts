import { seededRandom } from '#test/support/random-operations.ts'

/** Choices that repeat with their seed. */
export class Chance {
  readonly #next: () => number

  /** @param parts of which each gives a row of choices of its own: seed, kind, index */
  constructor(...parts: readonly number[]) {
    this.#next = seededRandom(parts.reduce((mixed, part) => Math.imul(mixed ^ part, 0x9e3779b1) + 0x7f4a, 0))
    this.#next()
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#next() * (most - least + 1))
  }

  /** @param share from 0 to 1 */
  is(share: number): boolean {
    return this.#next() < share
  }

  pick<T>(values: readonly T[]): T {
    return values[this.between(0, values.length - 1)] as T
  }
}
