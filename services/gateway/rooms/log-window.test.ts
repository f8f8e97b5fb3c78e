import { describe, expect, test } from 'vitest'
import { asPosition } from '#shared/kernel/ids.ts'
import type { EventLog, LogEvent } from '#shared/ports/event-log.ts'
import { LogWindow } from './log-window.ts'

const KB = 1_024

const event = (position: number, bytes: number): LogEvent =>
  ({
    position: asPosition(position),
    subject: 'events.0.g.1.v',
    type: 'GUILD_UPDATE',
    schema: 1,
    facts: { version: position, changes: [] },
    d: JSON.stringify('x'.repeat(bytes)),
  }) as never

const filled = (mostBytes: number, sizes: readonly number[]): LogWindow => {
  const window = new LogWindow({} as EventLog, mostBytes)
  window.startAt(asPosition(0))
  sizes.forEach((size, index) => {
    window.push(event(index + 1, size))
  })
  return window
}

const positions = (events: readonly LogEvent[] | undefined) => events?.map(({ position }) => position)

describe('events in memory', () => {
  test('are all there up to so many bytes', () => {
    const window = filled(100 * KB, Array(90).fill(KB))
    expect(window.floor).toBe(0)
    expect(window.since(asPosition(0))).toHaveLength(90)
  })

  test('are the newest half when there would be more', () => {
    const window = filled(100 * KB, Array(100).fill(KB))
    expect(window.floor).toBeGreaterThan(40)
    expect(window.floor).toBeLessThan(60)
    expect(window.since(asPosition(window.floor - 1))).toBeUndefined()
    expect(window.since(window.floor)).toHaveLength(100 - window.floor)
    expect(window.head).toBe(100)
  })

  test('count with what they change, and the last stays however large it is', () => {
    const large = { ...event(3, 1), facts: { version: 3, changes: ['x'.repeat(200 * KB)] } }
    const window = filled(100 * KB, [KB, KB])
    window.push(large as never)
    expect(positions(window.since(asPosition(2)))).toEqual([3])
    expect([window.floor, window.head]).toEqual([2, 3])
    window.push(event(4, KB))
    expect(positions(window.since(asPosition(3)))).toEqual([4])
  })
  test('are measured once each', () => {
    let measured = 0
    const facts = { version: 1, changes: [], toJSON: () => ++measured }
    const window = new LogWindow({} as EventLog, 100 * KB)
    window.startAt(asPosition(0))
    for (let position = 1; position <= 150; position++) {
      window.push({ ...event(position, KB), facts } as never)
    }
    expect(window.floor).toBeGreaterThan(40)
    expect(measured).toBe(150)
  })
})
