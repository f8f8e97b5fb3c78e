import type { Clock } from '#shared/kernel/clock.ts'
import { ownerOf } from '#shared/kernel/rendezvous.ts'
import { Liveness } from '#shared/platform/liveness.ts'
import type { Bus } from '#shared/ports/bus.ts'
import { GcraCells, type Rate, type Taken } from './gcra-cells.ts'

/**
 * What a request may lose to a dead owner. A live one answers within a few, but has taken 170 in a burst where CPU
 * was scarce; with a wait of 100 that burst was admitted twice.
 */
const WAIT_MS = 240
/** Timers come first after a callback that held the process up; the answers that wait in the socket are read now. */
const GRACE_MS = 10
/** An owner that was silent is not asked: by then a dead one is nobody's owner any more, or nearly. */
const SILENT_MS = 1_000

interface Options {
  readonly bus: Bus
  readonly clock: Clock
  /** Its processes share the cells. */
  readonly service: string
  /** The name of this process, which no other has or had. */
  readonly node: string
}

/**
 * Cells that several processes share: each is kept by one of them, and the others ask it over the bus. When it is
 * silent they decide for themselves. A cell that moves, because a process joined or went, begins anew.
 */
export class SharedCells {
  readonly #options: Options
  readonly #liveness: Liveness
  /** Those that this process owns, and those whose owner was silent. */
  readonly #cells: GcraCells
  readonly #waiting = new Map<number, (taken: Taken) => void>()
  readonly #silentUntil = new Map<string, number>()
  #asked = 0

  /** It asks from now on, and owns cells when it has joined. */
  constructor(options: Options) {
    const { bus, clock, node } = options
    this.#options = options
    this.#liveness = new Liveness(options)
    this.#cells = new GcraCells(clock)
    bus.subscribe(`rate_limit_asked.${node}`, ({ from, id, cell, limit, window_ms }) => {
      const { allowed, backlogMs } = this.#cells.take({ limit, windowMs: window_ms }, cell)
      bus.publish(`rate_limit_told.${from}`, { id, allowed, backlog_ms: backlogMs })
    })
    bus.subscribe(`rate_limit_told.${node}`, ({ id, allowed, backlog_ms }) =>
      this.#waiting.get(id)?.({ allowed, backlogMs: backlog_ms }),
    )
  }

  join(): void {
    this.#liveness.join()
  }

  leave(): void {
    this.#liveness.leave()
  }

  take(rate: Rate, cell: string): Taken | Promise<Taken> {
    const owner = ownerOf(cell, this.#liveness.nodes)
    if (owner === undefined || owner === this.#options.node || this.#isSilent(owner))
      return this.#cells.take(rate, cell)
    return this.#ask(owner, rate, cell)
  }

  #ask(owner: string, rate: Rate, cell: string): Promise<Taken> {
    const { bus, clock, node } = this.#options
    const id = ++this.#asked
    return new Promise((resolve) => {
      const giveUp = () => {
        if (!this.#waiting.delete(id)) return
        this.#silentUntil.set(owner, clock.monotonic() + SILENT_MS)
        resolve(this.#cells.take(rate, cell))
      }
      const cancel = clock.after(WAIT_MS, () => clock.after(GRACE_MS, giveUp))
      this.#waiting.set(id, (taken) => {
        this.#waiting.delete(id)
        cancel()
        resolve(taken)
      })
      bus.publish(`rate_limit_asked.${owner}`, {
        from: node,
        id,
        cell,
        limit: rate.limit,
        window_ms: rate.windowMs,
      })
    })
  }

  #isSilent(owner: string): boolean {
    const until = this.#silentUntil.get(owner)
    if (until === undefined) return false
    if (this.#options.clock.monotonic() < until) return true
    this.#silentUntil.delete(owner)
    return false
  }
}
