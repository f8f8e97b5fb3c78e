import type { Clock } from '#shared/kernel/clock.ts'
import type { Actor } from './actor.ts'
import type { Scheduler } from './scheduler.ts'

/** When virtual time began, for clocks that tell dates. */
export const EPOCH = Date.UTC(2030, 0, 1)

/** One operating-system process of the world: it can freeze between any two steps, die, and its clock can be wrong. */
export class SimProcess implements Actor {
  readonly name: string
  alive = true
  frozenUntil = 0
  readonly clock: Clock
  readonly #scheduler: Scheduler
  /** How far its date is off, in ms. */
  #offset: number
  /** Its monotonic clock's rate against virtual time. */
  readonly #rate: number

  constructor(options: { name: string; scheduler: Scheduler; offset: number; rate: number }) {
    this.name = options.name
    this.#scheduler = options.scheduler
    this.#offset = options.offset
    this.#rate = options.rate
    this.clock = {
      now: () => EPOCH + Math.floor(this.#scheduler.now * this.#rate + this.#offset),
      monotonic: () => this.#scheduler.now * this.#rate,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted) return resolve()
          const cancel = this.after(ms, () => done())
          const done = () => {
            cancel()
            signal?.removeEventListener('abort', done)
            resolve()
          }
          signal?.addEventListener('abort', done, { once: true })
        }),
      after: (ms, callback) => this.after(ms, callback),
    }
  }

  /** A task of this process, `ms` of its own time from now. */
  after(ms: number, run: () => void): () => void {
    return this.#scheduler.after(ms / this.#rate, this, run)
  }

  freeze(ms: number): void {
    this.frozenUntil = Math.max(this.frozenUntil, this.#scheduler.now + ms)
  }

  jump(ms: number): void {
    this.#offset += ms
  }

  /** kill -9: nothing of it runs any more. */
  kill(): void {
    this.alive = false
  }
}
