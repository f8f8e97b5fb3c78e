import { expect, test } from 'vitest'
import { topSelfTimes } from './profile.ts'

test('self times of one function add up over its callers, and waiting is left out', () => {
  const node = (id: number, functionName: string, url = '') => ({
    id,
    callFrame: { functionName, url, lineNumber: 9 },
  })
  const profile = {
    nodes: [
      node(1, '(idle)'),
      node(2, 'send', 'file:///a/b.ts'),
      node(3, 'cork'),
      node(4, 'send', 'file:///a/b.ts'),
    ],
    samples: [1, 2, 3, 4, 3],
    timeDeltas: [900, 10, 40, 20, 30],
  }
  expect(topSelfTimes(profile, 5)).toEqual([
    { name: 'cork', where: '', share: 0.7 },
    { name: 'send', where: '/a/b.ts:10', share: 0.3 },
  ])
  expect(topSelfTimes(profile, 1)).toHaveLength(1)
})
