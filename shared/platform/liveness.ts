import type { Clock } from '#shared/kernel/clock.ts'
import type { Bus, BusMessages } from '#shared/ports/bus.ts'

const BEAT_MS = 500
/** Who was not heard for so many beats of our own is gone: after 1.5 to 2 s. */
const GONE_AFTER_BEATS = 4

interface Options {
  readonly bus: Bus
  readonly clock: Clock
  /** Whose processes are watched, this one among them. */
  readonly service: string
  /** The name of this process, which no other has or had. */
  readonly node: string
}

export interface Watcher {
  /** A process was heard for the first time, or again: it may know nothing. */
  joined(node: string): void
  gone(node: string): void
}

/** Which processes of a service are alive, by the heartbeats that they publish. */
export class Liveness {
  readonly #options: Options
  /** Beats of our own since a process was heard: a clock would call all others gone when this one was held up. */
  readonly #beats = new Map<string, number>()
  #watcher: Watcher | undefined
  #joined = false
  #cancel = () => {}

  /** Watches only, until it joins. */
  constructor(options: Options) {
    this.#options = options
    options.bus.subscribe('process', (message) => this.#heard(message))
    this.#beat()
  }

  /** Names of the live processes. This one is among them when the bus has brought it its own heartbeat. */
  get nodes(): Iterable<string> {
    return this.#beats.keys()
  }

  /** Tells one watcher who comes and goes, this process itself among them. */
  watch(watcher: Watcher): void {
    this.#watcher = watcher
  }

  join(): void {
    this.#joined = true
    this.#say('alive')
  }

  /** The others know at once. */
  leave(): void {
    this.#cancel()
    if (this.#joined) this.#say('stopping')
    this.#joined = false
  }

  #beat(): void {
    for (const [node, beats] of this.#beats) {
      if (beats + 1 < GONE_AFTER_BEATS) this.#beats.set(node, beats + 1)
      else this.#forget(node)
    }
    if (this.#joined) this.#say('alive')
    this.#cancel = this.#options.clock.after(BEAT_MS, () => this.#beat())
  }

  #heard({ service, node, state }: BusMessages['process']): void {
    if (service !== this.#options.service) return
    if (state === 'stopping') return this.#forget(node)
    const isNew = !this.#beats.has(node)
    this.#beats.set(node, 0)
    // It need not wait for the next beat to know of us.
    if (isNew && this.#joined && node !== this.#options.node) this.#say('alive')
    if (isNew) this.#watcher?.joined(node)
  }

  #forget(node: string): void {
    if (this.#beats.delete(node)) this.#watcher?.gone(node)
  }

  #say(state: BusMessages['process']['state']): void {
    const { bus, service, node } = this.#options
    bus.publish('process', { service, node, state })
  }
}
