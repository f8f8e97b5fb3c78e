import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BucketMap } from './bucket-map.ts'

const id = fc.bigInt({ min: 1n, max: 2_000n }).map(String)
const step = fc.oneof(fc.record({ set: id, value: fc.integer() }), fc.record({ delete: id }))

test('behaves as a Map, and earlier values stay as they were', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const model = new Map<string, number>()
      const history: [BucketMap<number>, Map<string, number>][] = []
      let map = BucketMap.from<number>()
      for (const one of steps) {
        if ('set' in one) {
          map = map.set(one.set, one.value)
          model.set(one.set, one.value)
        } else {
          map = map.delete(one.delete)
          model.delete(one.delete)
        }
        history.push([map, new Map(model)])
      }
      for (const [kept, expected] of history) {
        expect(kept.size).toBe(expected.size)
        expect(new Set(kept.keys())).toEqual(new Set(expected.keys()))
        for (const [key, value] of expected) expect(kept.get(key)).toBe(value)
      }
    }),
  )
})

test('is made of entries, of which the last of a key counts', () => {
  const map = BucketMap.from([
    ['1', 'a'],
    ['2', 'b'],
    ['1', 'c'],
  ])
  expect(map.size).toBe(2)
  expect(map.get('1')).toBe('c')
  expect([...map.values()].sort()).toEqual(['b', 'c'])
  expect(map.has('3')).toBe(false)
})
