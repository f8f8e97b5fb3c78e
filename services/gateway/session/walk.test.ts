import { expect, test } from 'vitest'
import { deferred } from '#shared/kernel/deferred.ts'
import { asPosition, asSnowflake, type Position } from '#shared/kernel/ids.ts'
import type { EventLog, LogEvent } from '#shared/ports/event-log.ts'
import { LogWindow } from '../rooms/log-window.ts'
import type { Rooms } from '../rooms/rooms.ts'
import { Walk } from './walk.ts'

const USER = '1000000000000000001'
const EVENTS = 20_000

const event = (position: number): LogEvent =>
  ({
    position: asPosition(position),
    subject: `events.0.u.${USER}.v`,
    type: 'USER_NOTE_UPDATE',
    schema: 1,
    facts: { version: position, changes: [] },
    d: JSON.stringify({ note: String(position) }),
  }) as never

/** Of a log that has everything, and remembers what was asked of it at once; memory has nothing. */
function far(): { window: LogWindow; asked: number[] } {
  const asked: number[] = []
  const log = {
    read: async ({ after, limit }: { after: Position; limit: number }) => {
      asked.push(limit)
      return Array.from({ length: Math.min(limit, EVENTS - after) }, (_, n) => event(after + n + 1))
    },
    bounds: async () => ({ first: asPosition(1), last: asPosition(EVENTS) }),
  }
  const window = new LogWindow(log as unknown as EventLog)
  window.startAt(asPosition(EVENTS))
  return { window, asked }
}

/** The same in memory. */
function near(): { window: LogWindow; asked: number[] } {
  const window = new LogWindow({} as EventLog)
  window.startAt(asPosition(0))
  for (let position = 1; position <= EVENTS; position++) window.push(event(position))
  return { window, asked: [] }
}

const walkOn = (window: LogWindow, over: Partial<ConstructorParameters<typeof Walk>[0]>): Walk =>
  new Walk({
    view: { userId: asSnowflake(USER), intents: -1, bot: false, shard: null, largeThreshold: 50 },
    from: asPosition(0),
    rooms: { kind: () => undefined } as unknown as Rooms,
    window,
    emit: () => {},
    ...over,
  })

test.each([
  ['the log', far],
  ['memory', near],
])('[RES-1] what %s has comes once and in order, a page at a time', async (_, open) => {
  const { window, asked } = open()
  const told: number[] = []
  const walk = walkOn(window, { emit: (__, { position }) => told.push(position) })
  expect(await walk.begin([])).toBe('ready')
  expect(await walk.run()).toBe('head')
  expect(told).toEqual(Array.from({ length: EVENTS }, (__, index) => index + 1))
  for (const limit of asked) expect(limit).toBeLessThanOrEqual(1_000)
})

test.each([
  ['the log', far],
  ['memory', near],
])('[RES-6] who has had enough of %s reads no further', async (_, open) => {
  const { window } = open()
  let told = 0
  const walk = walkOn(window, {
    emit: () => {
      if (++told === 1_500) walk.stop()
    },
  })
  expect(await walk.run()).toBe('gone')
  expect([told, walk.position]).toEqual([1_500, 1_500])
})

test('[SES-9] nothing more is read of the log for a client that is gone', async () => {
  const { window, asked } = far()
  let gone = true
  const walk = walkOn(window, { emit: () => (gone = true), isGone: () => gone })
  expect(await walk.begin([])).toBe('gone')
  expect(asked).toEqual([])
  gone = false
  expect(await walk.run()).toBe('gone')
  expect([asked.length, walk.position]).toEqual([1, 1_000])
})

test('[SES-9] it goes on when there is room for more', async () => {
  const { window } = near()
  let told = 0
  const full = deferred<void>()
  const stalled = deferred<void>()
  const walk = walkOn(window, {
    emit: () => told++,
    room: () => {
      if (told !== 50) return undefined
      stalled.resolve()
      return full.promise
    },
  })
  const walked = walk.run()
  await stalled.promise
  await new Promise((resolve) => setImmediate(resolve))
  expect(told).toBe(50)
  full.resolve()
  expect(await walked).toBe('head')
  expect(told).toBe(EVENTS)
})
