import { beforeEach, describe, expect, test } from 'vitest'
import { InProcessBus } from '#shared/adapters/bus/in-process-bus.ts'
import { ownerOf } from '#shared/kernel/rendezvous.ts'
import { MortalBus } from '#test/support/mortal-bus.ts'
import { SteppedClock } from '#test/support/stepped-clock.ts'
import { GcraCells } from './gcra-cells.ts'
import { RateLimits, type RateLimitVerdict } from './rate-limits.ts'
import { SharedCells } from './shared-cells.ts'

const bucket = { name: 'messages', limit: 10, windowMs: 5_000 }

let clock: SteppedClock
let hub: InProcessBus
let published: string[]

beforeEach(() => {
  clock = new SteppedClock()
  hub = new InProcessBus((error) => {
    throw error
  })
  published = []
})

async function open(...nodes: string[]) {
  const processes = nodes.map((node) => {
    const bus = new MortalBus(hub)
    const { publish } = bus
    bus.publish = (subject, message) => {
      published.push(subject)
      publish(subject, message)
    }
    const cells = new SharedCells({ bus, clock, service: 'api', node })
    cells.join()
    return { bus, cells, limits: new RateLimits(clock, cells) }
  })
  await clock.advance(0)
  published = []
  return processes
}

const keyOf = (owner: string, nodes: string[]): string =>
  Array.from({ length: 1_000 }, (_, n) => `caller:${n}`).find(
    (key) => ownerOf(`${bucket.name}:${key}`, nodes) === owner,
  ) as string

const admitted = (verdicts: RateLimitVerdict[]) => verdicts.filter(({ allowed }) => allowed).length

/** `count` at once, in turn on each process. */
const takes = (processes: { limits: RateLimits }[], count: number, key: string) =>
  Promise.all(
    Array.from({ length: count }, (_, n) =>
      (processes[n % processes.length] as { limits: RateLimits }).limits.take(bucket, key),
    ),
  )

describe('SharedCells', () => {
  test('[HTTP-4] processes admit together exactly what one does, with the same answers', async () => {
    const processes = await open('a', 'b', 'c')
    for (let n = 0; n < 30; n++) {
      const one = new RateLimits(clock, new GcraCells(clock))
      const expected = await takes([{ limits: one }], 100, `caller:${n}`)
      const shared = await takes(processes, 100, `caller:${n}`)
      expect(admitted(shared)).toBe(10)
      const sorted = (verdicts: RateLimitVerdict[]) =>
        verdicts.map((verdict) => JSON.stringify(verdict)).sort()
      expect(sorted(shared)).toEqual(sorted(expected))
    }
  })

  test('1,000 requests over ten windows on two processes pass as often as the bucket says', async () => {
    const processes = await open('a', 'b')
    for (const owner of ['a', 'b']) {
      const key = keyOf(owner, ['a', 'b'])
      let passed = 0
      for (let n = 0; n < 1_000; n++) {
        passed += admitted(await takes([processes[n % 2] as { limits: RateLimits }], 1, key))
        await clock.advance(50)
      }
      expect(passed).toBe(10 + Math.floor((999 * 50) / 500))
    }
  })

  test('the owner decides without the bus, alone or not', async () => {
    const [a] = await open('a', 'b')
    const verdict = a?.cells.take(bucket, `messages:${keyOf('a', ['a', 'b'])}`)
    expect(verdict).toEqual({ allowed: true, backlogMs: 500 })
    expect(published).toEqual([])
  })

  test('a process that has not joined owns nothing, and asks', async () => {
    const [a] = await open('a')
    const late = new SharedCells({ bus: hub, clock, service: 'api', node: 'b' })
    expect(late.take(bucket, 'x')).toEqual({ allowed: true, backlogMs: 500 })
    await clock.advance(500)
    await a?.cells.take(bucket, 'y')
    expect(await late.take(bucket, 'y')).toEqual({ allowed: true, backlogMs: 1_000 })
  })

  test('a dead owner costs one wait of 250 ms, then no more, and is replaced within two seconds', async () => {
    const [a, b] = await open('a', 'b')
    const key = keyOf('b', ['a', 'b'])
    ;(b as { bus: MortalBus }).bus.state = 'dead'
    let settled = 0
    const first = [1, 2, 3].map(() => a?.limits.take(bucket, key).then(() => settled++))
    await clock.advance(249)
    expect(settled).toBe(0)
    await clock.advance(1)
    await Promise.all(first)
    published = []
    expect(admitted(await takes([a as { limits: RateLimits }], 20, key))).toBe(7)
    await clock.advance(1_750)
    expect(admitted(await takes([a as { limits: RateLimits }], 20, key))).toBe(3)
    expect(published.filter((subject) => subject.startsWith('rate'))).toEqual([])
  })

  test('an owner that is alive but silent is asked again after a second', async () => {
    const [a, b] = await open('a', 'b')
    const key = keyOf('b', ['a', 'b'])
    const bus = (b as { bus: MortalBus }).bus
    bus.state = 'mute'
    const waited = a?.limits.take(bucket, key)
    await clock.advance(250)
    await waited
    bus.state = 'alive'
    published = []
    await a?.limits.take(bucket, key)
    await clock.advance(999)
    await a?.limits.take(bucket, key)
    expect(published.filter((subject) => subject.startsWith('rate'))).toEqual([])
    await clock.advance(1)
    await a?.limits.take(bucket, key)
    expect(published.filter((subject) => subject.startsWith('rate'))).toEqual([
      'rate_limit_asked.b',
      'rate_limit_told.a',
    ])
  })

  test('an answer counts for 250 ms; one that comes later changes nothing', async () => {
    const [a, b] = await open('a', 'b')
    const cell = `messages:${keyOf('b', ['a', 'b'])}`
    ;(b as { bus: MortalBus }).bus.state = 'mute'
    const [answered, waited] = [a?.cells.take(bucket, cell), a?.cells.take(bucket, cell)]
    await clock.advance(249)
    hub.publish('rate_limit_told.a', { id: 1, allowed: false, backlog_ms: 5_000 })
    await clock.advance(1)
    hub.publish('rate_limit_told.a', { id: 2, allowed: false, backlog_ms: 5_000 })
    await clock.advance(0)
    expect(await answered).toEqual({ allowed: false, backlogMs: 5_000 })
    expect(await waited).toEqual({ allowed: true, backlogMs: 500 })
  })

  test('who joins takes over its share and no more, and all agree on it', async () => {
    const processes = await open('a', 'b')
    const all = ['a', 'b', 'c']
    const [moved, kept] = [keyOf('c', all), keyOf('a', all)]
    await takes(processes, 10, kept)
    const [c] = await open('c')
    processes.push(c as (typeof processes)[number])
    expect(admitted(await takes(processes, 30, kept))).toBe(0)
    expect(admitted(await takes(processes, 30, moved))).toBe(10)
  })

  test('who leaves is asked no more, and still asks', async () => {
    const [a, b] = await open('a', 'b')
    const key = keyOf('b', ['a', 'b'])
    b?.cells.leave()
    await clock.advance(0)
    published = []
    await a?.limits.take(bucket, key)
    expect(published).toEqual([])
    expect((await b?.limits.take(bucket, key))?.headers['x-ratelimit-remaining']).toBe('8')
  })
})
