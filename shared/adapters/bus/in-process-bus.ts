import type { Bus, BusMessages } from '#shared/ports/bus.ts'

type Handler = (message: never) => void

/** The bus of a standalone server: every service is in this process. */
export class InProcessBus implements Bus {
  readonly #handlers = new Map<keyof BusMessages, Set<Handler>>()
  readonly #onTrouble: (error: unknown) => void

  /** @param onTrouble hears what a handler threw; the other handlers are called all the same */
  constructor(onTrouble: (error: unknown) => void) {
    this.#onTrouble = onTrouble
  }

  publish<S extends keyof BusMessages>(subject: S, message: BusMessages[S]): void {
    const handlers = this.#handlers.get(subject)
    if (!handlers?.size) return
    const hearing = [...handlers]
    queueMicrotask(() => {
      for (const handler of hearing) {
        if (!handlers.has(handler)) continue
        try {
          ;(handler as (message: BusMessages[S]) => void)(message)
        } catch (error) {
          this.#onTrouble(error)
        }
      }
    })
  }

  subscribe<S extends keyof BusMessages>(subject: S, handler: (message: BusMessages[S]) => void): () => void {
    const handlers = this.#handlers.get(subject) ?? new Set<Handler>()
    this.#handlers.set(subject, handlers)
    const subscription: Handler = (message) => handler(message)
    handlers.add(subscription)
    return () => handlers.delete(subscription)
  }

  onGap(): () => void {
    return () => {}
  }

  async close(): Promise<void> {
    for (const handlers of this.#handlers.values()) handlers.clear()
  }
}
