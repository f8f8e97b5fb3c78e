import { setImmediate } from 'node:timers/promises'
import type { Clock } from '#shared/kernel/clock.ts'

/** A clock that stands until the test moves it; timers ring in their order on the way. */
export class SteppedClock implements Clock {
  #ms = 0
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>()

  now = () => Date.UTC(2030, 0, 1) + this.#ms
  monotonic = () => this.#ms
  sleep = (ms: number) => new Promise<void>((resolve) => void this.after(ms, resolve))
  after = (ms: number, callback: () => void) => {
    const timer = { at: this.#ms + ms, callback }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** What each timer sets off is done before the next rings, and before this resolves. */
  async advance(ms: number): Promise<void> {
    const end = this.#ms + ms
    await setImmediate()
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (!next) break
      this.#timers.delete(next)
      this.#ms = next.at
      next.callback()
      await setImmediate()
    }
    this.#ms = end
  }
}
