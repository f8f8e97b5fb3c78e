import { describe, expect, test } from 'vitest'
import { ownerOf } from './rendezvous.ts'

const KEYS = Array.from({ length: 3_000 }, (_, n) => `messages:${n}:1`)

describe('ownerOf', () => {
  test('is the same whatever the order of the members, and nobody without members', () => {
    for (const key of KEYS) expect(ownerOf(key, ['a', 'b', 'c'])).toBe(ownerOf(key, ['c', 'a', 'b']))
    expect(ownerOf('key', [])).toBeUndefined()
  })

  test('gives each member about as many keys', () => {
    const owned = { a: 0, b: 0, c: 0 }
    for (const key of KEYS) owned[ownerOf(key, ['a', 'b', 'c']) as 'a']++
    for (const count of Object.values(owned)) expect(Math.abs(count - 1_000)).toBeLessThan(120)
  })

  test('moves only keys of the member that leaves', () => {
    for (const key of KEYS) {
      const before = ownerOf(key, ['a', 'b', 'c'])
      if (before !== 'b') expect(ownerOf(key, ['a', 'c'])).toBe(before)
    }
  })
})
