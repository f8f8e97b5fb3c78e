/**
 * An actor's inbox: messages are handled one at a time, in order, also when handling waits for something. What
 * does not fit is refused, so that a sender that is faster than its actor is noticed and memory stays bounded.
 */
export class Mailbox<M> {
  readonly #handle: (message: M) => Promise<void> | void
  readonly #failed: (error: unknown) => void
  readonly #capacity: number
  #waiting: M[] = []
  #running = false
  #closed = false

  /** @param failed the supervisor: told of a throw, after which the mailbox is closed until the actor is rebuilt */
  constructor(options: {
    capacity: number
    handle: (message: M) => Promise<void> | void
    failed: (error: unknown) => void
  }) {
    this.#handle = options.handle
    this.#failed = options.failed
    this.#capacity = options.capacity
  }

  /** False: full. A closed mailbox takes everything and drops it. */
  push(message: M): boolean {
    if (this.#closed) return true
    if (this.#waiting.length >= this.#capacity) return false
    this.#waiting.push(message)
    if (!this.#running) void this.#run()
    return true
  }

  close(): void {
    this.#closed = true
    this.#waiting = []
  }

  async #run(): Promise<void> {
    this.#running = true
    while (this.#waiting.length > 0) {
      const message = this.#waiting.shift() as M
      try {
        const pending = this.#handle(message)
        if (pending) await pending
      } catch (error) {
        this.close()
        this.#failed(error)
      }
    }
    // An array keeps the room that it once needed.
    this.#waiting = []
    this.#running = false
  }
}
