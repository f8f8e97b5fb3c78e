import { type Clock, systemClock } from '#shared/kernel/clock.ts'

/** A clock whose date stands until the test moves it. Waiting takes real time, so that reconnecting goes on. */
export class ManualClock implements Clock {
  #now = Date.UTC(2030, 0, 1)

  now = () => this.#now
  monotonic = systemClock.monotonic
  sleep = systemClock.sleep
  after = systemClock.after

  advance(ms: number): void {
    this.#now += ms
  }
}
