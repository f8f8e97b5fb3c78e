import { expect, test } from 'vitest'
import { median, rounded, slope, spread } from './statistics.ts'

test('the median is in the middle, whatever the order', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([10, 1, 2, 4])).toBe(3)
  expect(() => median([])).toThrow('nothing')
})

test('the slope leaves out what is there anyway', () => {
  expect(
    slope([
      [0, 100],
      [1_000, 4_100],
      [2_000, 8_100],
    ]),
  ).toBeCloseTo(4)
  expect(
    slope([
      [0, 0],
      [1, 2],
      [2, 2],
      [3, 4],
    ]),
  ).toBeCloseTo(1.2)
  expect(() =>
    slope([
      [1, 1],
      [1, 2],
    ]),
  ).toThrow('two different x')
})

test('numbers keep three digits that count', () => {
  expect([0.0123, 0.5, 9.876, 45.678, 1_234.5].map(rounded)).toEqual([
    '0.012',
    '0.50',
    '9.88',
    '45.7',
    '1235',
  ])
  expect([spread([3, 1, 2]), spread([1])]).toEqual(['1.00–3.00', ''])
})
