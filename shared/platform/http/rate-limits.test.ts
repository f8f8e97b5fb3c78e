import { describe, expect, test } from 'vitest'
import { SteppedClock } from '#test/support/stepped-clock.ts'
import { Buckets } from './endpoint.ts'
import { GcraCells } from './gcra-cells.ts'
import { type Bucket, RateLimits } from './rate-limits.ts'

const buckets: Bucket[] = Object.values(Buckets)

function open() {
  const clock = new SteppedClock()
  return { clock, limits: new RateLimits(clock, new GcraCells(clock)) }
}

describe('RateLimits', () => {
  test.each(buckets)(
    '[HTTP-4] $name: a burst of $limit passes, then one each time a place is free',
    async (bucket) => {
      const { clock, limits } = open()
      await clock.advance(0.7)
      for (let left = bucket.limit - 1; left >= 0; left--) {
        const { allowed, headers } = await limits.take(bucket, 'key')
        expect([allowed, headers['x-ratelimit-remaining']]).toEqual([true, String(left)])
      }
      for (let round = 0; round < 3; round++) {
        const refused = await limits.take(bucket, 'key')
        expect([refused.allowed, refused.headers['x-ratelimit-remaining']]).toEqual([false, '0'])
        expect(refused.retryAfterSeconds).toBe(bucket.windowMs / bucket.limit / 1_000)
        await clock.advance(refused.retryAfterSeconds * 1_000)
        expect((await limits.take(bucket, 'key')).allowed).toBe(true)
      }
    },
  )

  test('[HTTP-4] the headers tell limit, remaining, reset and bucket', async () => {
    const { clock, limits } = open()
    const { headers } = await limits.take(Buckets.write, 'key')
    expect(headers).toEqual({
      'x-ratelimit-limit': '20',
      'x-ratelimit-remaining': '19',
      'x-ratelimit-reset': (clock.now() / 1_000 + 0.25).toFixed(3),
      'x-ratelimit-reset-after': '0.250',
      'x-ratelimit-bucket': expect.stringMatching(/^[0-9a-f]{32}$/),
    })
    const other = await limits.take(Buckets.read, 'key')
    expect(other.headers['x-ratelimit-bucket']).not.toBe(headers['x-ratelimit-bucket'])
  })

  test('keys and buckets are counted apart', async () => {
    const { limits } = open()
    for (let n = 0; n < 5; n++) await limits.take(Buckets.typing, 'one')
    expect((await limits.take(Buckets.typing, 'one')).allowed).toBe(false)
    expect((await limits.take(Buckets.typing, 'other')).allowed).toBe(true)
    expect((await limits.take(Buckets.search, 'one')).allowed).toBe(true)
  })
})
