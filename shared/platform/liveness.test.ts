import { beforeEach, describe, expect, test } from 'vitest'
import { InProcessBus } from '#shared/adapters/bus/in-process-bus.ts'
import { MortalBus } from '#test/support/mortal-bus.ts'
import { SteppedClock } from '#test/support/stepped-clock.ts'
import { Liveness } from './liveness.ts'

let clock: SteppedClock
let hub: InProcessBus

beforeEach(() => {
  clock = new SteppedClock()
  hub = new InProcessBus((error) => {
    throw error
  })
})

function open(node: string, service = 'api') {
  const bus = new MortalBus(hub)
  const liveness = new Liveness({ bus, clock, service, node })
  return { bus, liveness, nodes: () => [...liveness.nodes].sort() }
}

describe('Liveness', () => {
  test('who joins is known at once, and knows the others of its service', async () => {
    const [a, b, other] = [open('a'), open('b'), open('c', 'auth')]
    for (const { liveness } of [a, other, b]) liveness.join()
    await clock.advance(0)
    expect([a.nodes(), b.nodes(), other.nodes()]).toEqual([['a', 'b'], ['a', 'b'], ['c']])
  })

  test('who has not joined is not among them, and sees them', async () => {
    const [a, watcher] = [open('a'), open('b')]
    a.liveness.join()
    await clock.advance(10_000)
    expect([a.nodes(), watcher.nodes()]).toEqual([['a'], ['a']])
  })

  test('who stops is gone at once', async () => {
    const [a, b] = [open('a'), open('b')]
    for (const { liveness } of [a, b]) liveness.join()
    await clock.advance(100)
    b.liveness.leave()
    await clock.advance(0)
    expect(a.nodes()).toEqual(['a'])
    await clock.advance(10_000)
    expect(a.nodes()).toEqual(['a'])
  })

  test('who dies is gone within two seconds, not before one, and is there again when heard again', async () => {
    const [a, b] = [open('a'), open('b')]
    a.liveness.join()
    await clock.advance(130)
    b.liveness.join()
    await clock.advance(5_000)
    b.bus.state = 'dead'
    await clock.advance(1_000)
    expect(a.nodes()).toEqual(['a', 'b'])
    await clock.advance(1_000)
    expect(a.nodes()).toEqual(['a'])
    b.bus.state = 'alive'
    await clock.advance(500)
    expect([a.nodes(), b.nodes()]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ])
  })

  test('a bus that brings nothing leaves nobody, until it is back', async () => {
    const [a, b] = [open('a'), open('b')]
    for (const { liveness } of [a, b]) liveness.join()
    await clock.advance(1_000)
    a.bus.state = 'dead'
    await clock.advance(2_000)
    expect(a.nodes()).toEqual([])
    a.bus.state = 'alive'
    await clock.advance(500)
    expect(a.nodes()).toEqual(['a', 'b'])
  })
})
