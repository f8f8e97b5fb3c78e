import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Bus, BusMessages } from '#shared/ports/bus.ts'

export interface BusUnderTest {
  readonly bus: Bus
  /** The same bus as another process has it; in one process the same object. */
  readonly elsewhere: Bus
  /** Resolves when what was subscribed so far is in force everywhere. */
  subscribed(): Promise<void>
  /** What handlers have thrown so far. */
  readonly troubles: readonly unknown[]
  close(): Promise<void>
}

type Taken = BusMessages['session_taken']

/** What every bus promises. */
export function busContract(name: string, open: () => Promise<BusUnderTest>): void {
  describe(`bus: ${name}`, () => {
    let opened: BusUnderTest
    let bus: Bus
    let elsewhere: Bus
    let heard: string[]
    beforeAll(async () => {
      opened = await open()
      ;({ bus, elsewhere } = opened)
    })
    afterAll(() => opened.close())
    beforeEach(() => {
      heard = []
    })

    const hear = (as: string, on = bus) =>
      on.subscribe('session_taken', ({ session_id }) => void heard.push(`${as}: ${session_id}`))
    const tell = (session_id: string, on = elsewhere) =>
      on.publish('session_taken', { session_id, node: 'n' })
    /** Publishes a last message and waits for it: what one process publishes arrives in its order. */
    const settled = async () => {
      let arrived = false
      const stop = bus.subscribe('session_taken', ({ session_id }) => {
        if (session_id === 'settled') arrived = true
      })
      await opened.subscribed()
      tell('settled')
      await expect.poll(() => arrived, { interval: 2 }).toBe(true)
      stop()
      heard = heard.filter((line) => !line.endsWith('settled'))
    }

    test('a message reaches every subscriber of its subject, here and elsewhere, as it was', async () => {
      const typed: BusMessages['typing'][] = []
      const stops = [
        bus.subscribe('typing', (message) => void typed.push(message)),
        elsewhere.subscribe('typing', (message) => void typed.push(message)),
        hear('other subject'),
      ]
      await opened.subscribed()
      const message = {
        guild_id: null,
        channel_id: '1',
        user_id: '9223372036854775807',
        d: '{"a":"ü \\u0000 🎉"}',
      }
      bus.publish('typing', message)
      await expect.poll(() => typed, { interval: 2 }).toEqual([message, message])
      await settled()
      expect(typed).toHaveLength(2)
      expect(heard).toEqual([])
      for (const stop of stops) stop()
    })

    test('a subject with an address is heard at this address only', async () => {
      const answer = { id: 1, allowed: true, backlog_ms: 0.5 }
      const told: unknown[] = []
      const stops = [
        bus.subscribe('rate_limit_told.one', (message) => void told.push(message)),
        bus.subscribe('rate_limit_told.other', () => void told.push('at the other address')),
        elsewhere.subscribe('rate_limit_told.other', () => void told.push('at the other address')),
      ]
      await opened.subscribed()
      elsewhere.publish('rate_limit_told.one', answer)
      await settled()
      for (const stop of stops) stop()
      expect(told).toEqual([answer])
    })

    test('what one process publishes arrives in its order', async () => {
      const stop = hear('a')
      await opened.subscribed()
      for (let n = 0; n < 100; n++) tell(String(n))
      await settled()
      stop()
      expect(heard).toEqual(Array.from({ length: 100 }, (_, n) => `a: ${n}`))
    })

    test('a message that nobody hears is gone: there is no history', async () => {
      tell('early')
      await settled()
      const stop = hear('late')
      await settled()
      stop()
      expect(heard).toEqual([])
    })

    test('who has unsubscribed hears nothing more, the others do; unsubscribing again does nothing', async () => {
      const [stopOne, stopTwo] = [hear('one'), hear('two')]
      await opened.subscribed()
      tell('first')
      await settled()
      stopOne()
      stopOne()
      tell('second')
      await settled()
      stopTwo()
      tell('third')
      await settled()
      expect([...heard].sort()).toEqual(['one: first', 'two: first', 'two: second'])
    })

    test('who unsubscribes after a publication in the same turn hears nothing of it', async () => {
      const stop = hear('gone', bus)
      await opened.subscribed()
      tell('x', bus)
      stop()
      await settled()
      expect(heard).toEqual([])
    })

    test('who subscribes after a publication in the same turn, or while it is delivered, hears nothing of it', async () => {
      const stops = [bus.subscribe('session_taken', () => void stops.push(hear('in delivery')))]
      await opened.subscribed()
      tell('x', bus)
      stops.push(hear('too late'))
      await settled()
      for (const stop of stops) stop()
      expect(heard).toEqual([])
    })

    test('one function subscribed twice is two subscriptions', async () => {
      const handler = ({ session_id }: Taken) => void heard.push(session_id)
      const [stopOne, stopTwo] = [
        bus.subscribe('session_taken', handler),
        bus.subscribe('session_taken', handler),
      ]
      await opened.subscribed()
      tell('twice')
      await settled()
      stopOne()
      tell('once')
      await settled()
      stopTwo()
      expect(heard.filter((id) => id !== 'settled')).toEqual(['twice', 'twice', 'once'])
    })

    test('handlers run after the turn of the publisher, never inside it', async () => {
      const stops = [
        bus.subscribe('session_taken', ({ session_id }) => {
          heard.push(`begin ${session_id}`)
          if (session_id === 'outer') tell('inner', bus)
          heard.push(`end ${session_id}`)
        }),
      ]
      await opened.subscribed()
      tell('outer', bus)
      heard.push('published')
      await expect.poll(() => heard.length, { interval: 2 }).toBe(5)
      for (const stop of stops) stop()
      expect(heard).toEqual(['published', 'begin outer', 'end outer', 'begin inner', 'end inner'])
    })

    test('a handler that throws is heard of, and keeps no message from the others', async () => {
      const before = opened.troubles.length
      const stops = [
        hear('before'),
        bus.subscribe('session_taken', ({ session_id }) => {
          if (session_id !== 'settled') throw new Error(`cannot take ${session_id}`)
        }),
        hear('after'),
      ]
      await opened.subscribed()
      tell('one')
      tell('two')
      await settled()
      for (const stop of stops) stop()
      expect([...heard].sort()).toEqual(['after: one', 'after: two', 'before: one', 'before: two'])
      expect(opened.troubles.slice(before).map(String)).toEqual([
        'Error: cannot take one',
        'Error: cannot take two',
      ])
    })

    test('a closed bus says nothing and hears nothing', async () => {
      const other = await open()
      other.bus.subscribe('session_taken', ({ session_id }) => void heard.push(session_id))
      await other.subscribed()
      await other.bus.close()
      other.elsewhere.publish('session_taken', { session_id: 'x', node: 'n' })
      other.bus.publish('session_taken', { session_id: 'y', node: 'n' })
      await other.bus.close()
      await settled()
      expect(heard).toEqual([])
      await other.close()
    })
  })
}
