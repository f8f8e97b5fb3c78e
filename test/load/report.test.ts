import { expect, test } from 'vitest'
import { GOALS, verdictOf } from './goals.ts'
import type { Outcome } from './outcome.ts'
import { asMarkdown, asTable } from './report.ts'
import { stamp, stampedContent, stampOf } from './stamp.ts'

const outcome: Outcome = {
  scenario: 'fan-out',
  how: 'As it is done.',
  figures: [
    {
      what: 'delivery',
      value: 6,
      unit: 'µs',
      floor: 4,
      ratio: 1.5,
      goal: GOALS.unbatchedRatio,
      beside: 'p99 8 ms',
    },
    { what: 'a session', value: 9, unit: 'KB', goal: GOALS.idleSession },
  ],
  profiles: [{ of: 'delivery', top: [{ name: 'cork', where: 'a.ts:1', share: 0.25 }] }],
}

test('a goal is about the ratio where there is one', () => {
  expect(asMarkdown(outcome)).toContain(
    '| delivery | 6.00 µs |  | 4.00 µs | 1.50 × | 1.5 × | 1.25 × | met, the final goal missed |',
  )
  expect(asMarkdown(outcome)).toContain('| a session | 9.00 KB |  |  |  | 8 KB | 4 KB | missed |')
  expect(asMarkdown(outcome)).toContain('| 25.0 % | `cork` | a.ts:1 |')
  expect(asTable(outcome)).toMatch(/delivery +6.00 µs .*\n +p99 8 ms\n/)
})

test('a goal is met up to its edge', () => {
  expect([1, 1.25].map((ratio) => verdictOf(ratio, GOALS.unbatchedRatio))).toEqual(['met', 'met'])
  expect(verdictOf(1.51, GOALS.unbatchedRatio)).toBe('missed')
  expect(verdictOf(0.9, GOALS.getPage)).toBe('missed')
})

test('a stamp is read from the JSON that it travels in', () => {
  const json = JSON.stringify({ id: '1', content: stampedContent(1_234_567.4), tts: false })
  expect(stampOf(Buffer.from(json))).toBe(1_234_567)
  expect(stamp(1)).toHaveLength(17)
  expect(stampOf(Buffer.from('{"content":"hello"}'))).toBeUndefined()
})
