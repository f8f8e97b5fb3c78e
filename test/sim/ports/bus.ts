import type { Bus, BusMessages } from '#shared/ports/bus.ts'
import type { Dice } from '../engine/dice.ts'
import type { SimProcess } from '../engine/process.ts'
import type { Scheduler } from '../engine/scheduler.ts'

interface Subscription {
  readonly process: SimProcess
  readonly handler: (message: never) => void
}

/** At most once, in no order across publishers; now and then not at all. */
export class SimulatedBus {
  /** Probability that one subscriber does not get a message. */
  losses = 0
  readonly #scheduler: Scheduler
  readonly #dice: Dice
  readonly #subscriptions = new Map<keyof BusMessages, Set<Subscription>>()

  constructor(scheduler: Scheduler, dice: Dice) {
    this.#scheduler = scheduler
    this.#dice = dice
  }

  port(process: SimProcess): Bus {
    return {
      publish: (subject, message) => {
        for (const subscription of this.#subscriptions.get(subject) ?? []) {
          if (this.#dice.chance(this.losses)) continue
          this.#scheduler.after(this.#dice.between(0.1, 5), subscription.process, () => {
            if (this.#subscriptions.get(subject)?.has(subscription)) subscription.handler(message as never)
          })
        }
      },
      subscribe: (subject, handler) => {
        const subscription: Subscription = { process, handler }
        const all = this.#subscriptions.get(subject) ?? new Set()
        this.#subscriptions.set(subject, all)
        all.add(subscription)
        return () => all.delete(subscription)
      },
      onGap: () => () => {},
      close: async () => {},
    }
  }
}
