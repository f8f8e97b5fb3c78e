import type { Subscription } from '@nats-io/transport-node'
import type { Bus, BusMessages } from '#shared/ports/bus.ts'
import type { Nats } from '../nats/nats.ts'

interface Options {
  readonly nats: Nats
  /** Before all subjects, where several installations share the servers; '' is none. */
  readonly namespace: string
  /** Hears what a handler threw; the other handlers are called all the same. */
  readonly onTrouble: (error: unknown) => void
}

/** The bus between processes: core NATS, one message for each publication, as JSON. */
export class NatsBus implements Bus {
  readonly #options: Options
  readonly #prefix: string
  readonly #subscriptions = new Set<Subscription>()
  readonly #gapHandlers = new Set<() => void>()
  readonly #stopListening: () => void
  /** What nobody could be told while the connection was lost. */
  #held: BusMessages['token_revoked'][] = []
  #closed = false

  constructor(options: Options) {
    this.#options = options
    this.#prefix = `${options.namespace && `${options.namespace}.`}bus.`
    this.#stopListening = options.nats.onChange((connected) => {
      if (!connected) return
      for (const message of this.#held.splice(0)) this.publish('token_revoked', message)
      for (const handler of this.#gapHandlers) handler()
    })
  }

  onGap(handler: () => void): () => void {
    this.#gapHandlers.add(handler)
    return () => this.#gapHandlers.delete(handler)
  }

  publish<S extends keyof BusMessages>(subject: S, message: BusMessages[S]): void {
    const { nats, onTrouble } = this.#options
    if (this.#closed) return
    // The library drops what is published without a connection.
    if (subject === 'token_revoked' && !nats.connected) {
      this.#held.push(message as BusMessages['token_revoked'])
      return
    }
    try {
      nats.connection.publish(this.#prefix + subject, JSON.stringify(message))
    } catch (error) {
      onTrouble(error)
    }
  }

  /** A subscription of its own for each handler: the server then knows which of them a publication came before. */
  subscribe<S extends keyof BusMessages>(subject: S, handler: (message: BusMessages[S]) => void): () => void {
    const { nats, onTrouble } = this.#options
    const subscription = nats.connection.subscribe(this.#prefix + subject, {
      callback: (refused, message) => {
        try {
          if (refused) throw refused
          handler(message.json<BusMessages[S]>())
        } catch (error) {
          onTrouble(error)
        }
      },
    })
    this.#subscriptions.add(subscription)
    return () => this.#end(subscription)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#stopListening()
    for (const subscription of this.#subscriptions) this.#end(subscription)
    // What was published last is still on its way.
    if (this.#options.nats.connected) await this.#options.nats.connection.flush()
  }

  #end(subscription: Subscription): void {
    if (this.#subscriptions.delete(subscription)) subscription.unsubscribe()
  }
}
