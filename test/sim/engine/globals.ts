import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import type { Dice } from './dice.ts'
import type { Scheduler } from './scheduler.ts'

/**
 * Puts a world's time and chance where the product reaches for the platform's: the next turn of the event loop,
 * random ids. What would break the replay of a seed (real timers, the real date) throws.
 * @returns puts the platform's own back
 */
export function replaceGlobals(scheduler: Scheduler, dice: Dice): () => void {
  const { setImmediate, setTimeout, setInterval } = globalThis
  const { randomUUID, randomBytes } = crypto
  const { now } = Date
  const forbidden = (what: string) => () => {
    throw new Error(`${what} is not simulated`)
  }
  const hex = (digits: number) =>
    Array.from({ length: digits }, () => dice.whole(0, 15).toString(16)).join('')
  Object.assign(globalThis, {
    setImmediate: (run: (...args: unknown[]) => void, ...args: unknown[]) =>
      scheduler.after(0, scheduler.current, () => run(...args)),
    setTimeout: forbidden('setTimeout'),
    setInterval: forbidden('setInterval'),
  })
  Date.now = forbidden('Date.now')
  Object.assign(crypto, {
    randomUUID: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
    randomBytes: (size: number) => Buffer.from(hex(size * 2), 'hex'),
  })
  syncBuiltinESMExports()
  return () => {
    Object.assign(globalThis, { setImmediate, setTimeout, setInterval })
    Date.now = now
    Object.assign(crypto, { randomUUID, randomBytes })
    syncBuiltinESMExports()
  }
}
