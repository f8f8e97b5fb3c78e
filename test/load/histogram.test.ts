import { describe, expect, test } from 'vitest'
import { Histogram } from './histogram.ts'

describe('histogram', () => {
  test('small values are exact, large ones known to a sixty-fourth', () => {
    const histogram = new Histogram()
    for (let value = 1; value <= 100_000; value++) histogram.record(value)
    expect(histogram.count).toBe(100_000)
    expect(histogram.quantile(0.0004)).toBe(40)
    for (const share of [0.5, 0.9, 0.99, 0.999]) {
      const exact = share * 100_000
      expect(histogram.quantile(share)).toBeGreaterThanOrEqual(exact)
      expect(histogram.quantile(share)).toBeLessThanOrEqual(exact * (1 + 1 / 64))
    }
    expect(histogram.quantile(1)).toBe(100_000)
    expect(histogram.max).toBe(100_000)
  })

  test('what two processes have recorded adds up to what one would have', () => {
    const [one, other, both] = [new Histogram(), new Histogram(), new Histogram()]
    for (let value = 0; value < 5_000; value += 7) {
      ;(value % 2 === 0 ? one : other).record(value)
      both.record(value)
    }
    const added = new Histogram().add(structuredClone(one.snapshot())).add(structuredClone(other.snapshot()))
    expect(added.count).toBe(both.count)
    expect([0, 0.3, 0.99, 1].map((share) => added.quantile(share))).toEqual(
      [0, 0.3, 0.99, 1].map((share) => both.quantile(share)),
    )
  })

  test('nothing recorded is 0, and clocks that disagree count as 0', () => {
    const histogram = new Histogram()
    expect(histogram.quantile(0.5)).toBe(0)
    histogram.record(-3)
    expect([histogram.quantile(1), histogram.max]).toEqual([0, 0])
  })
})
