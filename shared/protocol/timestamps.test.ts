import fc from 'fast-check'
import { expect, test } from 'vitest'
import { timestamp } from './timestamps.ts'

test('has microseconds and an offset', () => {
  expect(timestamp(Date.UTC(2026, 0, 2, 3, 4, 5, 678))).toBe('2026-01-02T03:04:05.678000+00:00')
  expect(timestamp(0)).toBe('1970-01-01T00:00:00.000000+00:00')
})

test('names the same instant for every time', () => {
  fc.assert(
    fc.property(fc.nat({ max: 4_102_444_800_000 }), (ms) => {
      expect(timestamp(ms)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/)
      expect(Date.parse(timestamp(ms))).toBe(ms)
    }),
  )
})

test('what is no date is a bug', () => {
  expect(() => timestamp(Number.NaN)).toThrow(RangeError)
})
