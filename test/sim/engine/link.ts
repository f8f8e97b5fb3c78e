import type { Dice } from './dice.ts'
import type { SimProcess } from './process.ts'
import type { Scheduler } from './scheduler.ts'
import type { Trace } from './trace.ts'

/** What goes wrong between a process and a store, as probabilities per request; changed as the world goes on. */
export interface Weather {
  /** The request never arrives. */
  lostRequest: number
  /** It takes effect, but its answer never comes back. */
  lostAnswer: number
  /** It takes long: up to `slowMs`. */
  slow: number
  slowMs: number
}

export const CALM: Weather = { lostRequest: 0, lostAnswer: 0, slow: 0, slowMs: 0 }

/** A store was away, as far as its caller can tell: what a fault of the world throws, and no bug. */
export class Lost extends Error {}

/** A store that processes talk to over a network. While it stalls nothing is done; then all at once. */
export class Server {
  readonly name: string
  weather: Weather = CALM
  /** Told of each request that took effect, before its answer travels. */
  ran: (process: SimProcess, what: string) => void = () => {}
  /** Virtual ms. */
  stalledUntil = 0
  readonly #scheduler: Scheduler
  readonly #dice: Dice
  readonly #trace: Trace

  constructor(name: string, scheduler: Scheduler, dice: Dice, trace: Trace) {
    this.name = name
    this.#scheduler = scheduler
    this.#dice = dice
    this.#trace = trace
  }

  /**
   * A request and its answer.
   * @param lost what the caller gets when either went missing, or when the deadline passed: the request may take
   *   effect all the same, even later
   */
  call<T>(
    process: SimProcess,
    what: string,
    run: () => T | Promise<T>,
    { deadlineMs, lost }: { deadlineMs?: number; lost: () => T | Error },
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancels: (() => void)[] = []
      const settle = (value: T | Error) => {
        for (const cancel of cancels) cancel()
        if (value instanceof Error) reject(value)
        else resolve(value)
      }
      const giveUp = (ms: number) => {
        const cancel = this.#scheduler.after(ms, process, () => {
          this.#trace.add(process.name, `${this.name} ${what}: no answer`)
          settle(lost())
        })
        cancels.push(cancel)
      }
      if (deadlineMs !== undefined) giveUp(deadlineMs)
      const { lostRequest, lostAnswer } = this.weather
      if (this.#dice.chance(lostRequest)) return giveUp(this.#dice.between(1, 2_000))
      this.#travel(() => {
        void Promise.resolve(this.#attempt(run)).then((value) => {
          this.#trace.add(process.name, `${this.name} ${what}`)
          this.ran(process, what)
          if (this.#dice.chance(lostAnswer)) giveUp(this.#dice.between(1, 2_000))
          else this.#scheduler.after(this.#delay(), process, () => settle(value))
        })
      })
    })
  }

  #attempt<T>(run: () => T | Promise<T>): T | Error | Promise<T | Error> {
    try {
      const value = run()
      return value instanceof Promise ? value.catch((error: Error) => error) : value
    } catch (error) {
      return error as Error
    }
  }

  #travel(arrived: () => void): void {
    const arrive = () => {
      const wait = this.stalledUntil - this.#scheduler.now
      if (wait > 0) this.#scheduler.after(wait + this.#dice.between(0, 5), null, arrive)
      else arrived()
    }
    this.#scheduler.after(this.#delay(), null, arrive)
  }

  #delay(): number {
    const { slow, slowMs } = this.weather
    return this.#dice.chance(slow) ? this.#dice.between(1, slowMs) : this.#dice.between(0.1, 2)
  }
}
