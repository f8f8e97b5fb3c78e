import { afterAll, beforeAll, describe } from 'vitest'
import { appendRules } from './event-log/append-rules.ts'
import type { Capabilities, EventLogStore } from './event-log/event-log-store.ts'
import { positionRules } from './event-log/position-rules.ts'
import { readRules } from './event-log/read-rules.ts'
import { tailRules } from './event-log/tail-rules.ts'

/**
 * What every adapter of the event log promises. One store serves all tests; each uses subjects of its own.
 * @param can what a suite can do with the store: move its time, try to open a second appender where one is allowed
 */
export function eventLogContract(
  name: string,
  open: () => Promise<EventLogStore>,
  can: Capabilities = { moveTime: true, openSecond: true },
): void {
  describe(`event log: ${name}`, () => {
    let store: EventLogStore
    beforeAll(async () => {
      store = await open()
    })
    afterAll(() => store.close())

    describe('append', () => appendRules(() => store, can))
    describe('read', () => readRules(() => store, can))
    describe('tail', () => tailRules(() => store))
    describe('positions', () => positionRules(() => store, can))
  })
}
