import type { Bus, BusMessages } from '#shared/ports/bus.ts'

type Handler = (message: never) => void

/** The bus of a standalone server: every service is in this process. */
export class InProcessBus implements Bus {
  readonly #handlers = new Map<keyof BusMessages, Set<Handler>>()

  publish<S extends keyof BusMessages>(subject: S, message: BusMessages[S]): void {
    const handlers = this.#handlers.get(subject)
    if (!handlers) return
    queueMicrotask(() => {
      for (const handler of handlers) (handler as (message: BusMessages[S]) => void)(message)
    })
  }

  subscribe<S extends keyof BusMessages>(subject: S, handler: (message: BusMessages[S]) => void): () => void {
    const handlers = this.#handlers.get(subject) ?? new Set<Handler>()
    this.#handlers.set(subject, handlers)
    handlers.add(handler)
    return () => handlers.delete(handler)
  }

  async close(): Promise<void> {
    this.#handlers.clear()
  }
}
