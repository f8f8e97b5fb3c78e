import { describe, expect, test } from 'vitest'
import { loadConfig } from '#config/load.ts'
import { SteppedClock } from '#test/support/stepped-clock.ts'
import { Buckets } from './endpoint.ts'
import { GcraCells } from './gcra-cells.ts'
import { type Bucket, RateLimits, USUAL_SIZES } from './rate-limits.ts'

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

  test('sizes are those of the settings, whose defaults are those of the buckets', async () => {
    const { clock } = open()
    const sizes = { ...USUAL_SIZES, buckets: { typing: 2 } }
    const limits = new RateLimits(clock, new GcraCells(clock), sizes)
    const taken = [1, 2, 3].map(() => limits.take(Buckets.typing, 'key'))
    expect((await Promise.all(taken)).map(({ allowed }) => allowed)).toEqual([true, true, false])
    expect((await limits.take(Buckets.typing, 'other')).headers['x-ratelimit-limit']).toBe('2')
    const config = loadConfig({})
    if (!config.ok) throw new Error('no settings')
    const { rates } = config.value
    expect(rates.buckets).toEqual(Object.fromEntries(buckets.map(({ name, limit }) => [name, limit])))
    expect({ ...rates, buckets: {} }).toEqual(USUAL_SIZES)
  })

  test('[HTTP-4] all requests of a caller are limited together', async () => {
    const { clock, limits } = open()
    for (let n = 0; n < 50; n++) expect(await limits.takeGlobal('ada')).toBe(0)
    expect(await limits.takeGlobal('ada')).toBe(0.02)
    expect(await limits.takeGlobal('bob')).toBe(0)
    await clock.advance(20)
    expect(await limits.takeGlobal('ada')).toBe(0)
  })

  test('[HTTP-8] an address with more refusals than it may have is shut out for as long as they are counted', async () => {
    const { clock, limits } = open()
    for (let n = 0; n < 10_000; n++) await limits.noteRefusal('10.0.0.1')
    expect(limits.shutOutFor('10.0.0.1')).toBe(0)
    await limits.noteRefusal('10.0.0.1')
    expect([limits.shutOutFor('10.0.0.1'), limits.shutOutFor('10.0.0.2')]).toEqual([600, 0])
    await clock.advance(599_000)
    expect(limits.shutOutFor('10.0.0.1')).toBe(1)
    await clock.advance(1_000)
    expect(limits.shutOutFor('10.0.0.1')).toBe(0)
    for (let n = 0; n < 10_000; n++) await limits.noteRefusal('10.0.0.1')
    expect(limits.shutOutFor('10.0.0.1')).toBe(0)
  })

  test('[HTTP-8] those that come slowly enough are none too many', async () => {
    const { clock, limits } = open()
    for (let n = 0; n < 12_000; n++) {
      await limits.noteRefusal('10.0.0.1')
      await clock.advance(60)
    }
    expect(limits.shutOutFor('10.0.0.1')).toBe(0)
  })
})
