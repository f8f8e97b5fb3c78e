import type { Clock } from '#shared/kernel/clock.ts'

interface Options {
  readonly clock: Clock
  readonly pauseMs: number
  readonly work: (signal: AbortSignal) => Promise<unknown>
  /** Is told why work failed; it is tried again after the pause. */
  readonly failed: (error: unknown) => void
}

/** Work that is done again and again, with a pause after each time, until a signal ends it. */
export class Repeating {
  readonly #options: Options
  #waiting = new AbortController()

  constructor(options: Options) {
    this.#options = options
  }

  /** There is something to do now: the pause ends. */
  notify(): void {
    this.#waiting.abort()
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, pauseMs, work, failed } = this.#options
    signal.addEventListener('abort', () => this.notify(), { once: true })
    while (!signal.aborted) {
      this.#waiting = new AbortController()
      try {
        await work(signal)
      } catch (error) {
        if (!signal.aborted) failed(error)
      }
      if (!signal.aborted) await clock.sleep(pauseMs, this.#waiting.signal)
    }
  }
}
