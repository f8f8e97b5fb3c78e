import { expect, test } from 'vitest'
import { readAuditReason } from './audit-reason.ts'

test.for([
  [undefined, undefined],
  ['', undefined],
  ['%20', undefined],
  ['plain', 'plain'],
  [encodeURIComponent('Grüße, 茶 👍'), 'Grüße, 茶 👍'],
  ['100% sure', '100% sure'],
  ['%E0%A4%A', '%E0%A4%A'],
  ['a%00b', 'ab'],
  [encodeURIComponent('👍'.repeat(600)), '👍'.repeat(512)],
] as const)('%s', ([header, reason]) => {
  expect(readAuditReason(header)).toBe(reason)
})

test('a header that came twice says nothing', () => {
  expect(readAuditReason(['one', 'two'])).toBeUndefined()
})
