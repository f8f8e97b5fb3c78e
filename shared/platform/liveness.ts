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

/** Which processes of a service are alive, by the heartbeats that they publish. */
export class Liveness {
  readonly #options: Options
  /** Beats of our own since a process was heard: a clock would call all others gone when this one was held up. */
  readonly #beats = new Map<string, number>()
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
      else this.#beats.delete(node)
    }
    if (this.#joined) this.#say('alive')
    this.#cancel = this.#options.clock.after(BEAT_MS, () => this.#beat())
  }

  #heard({ service, node, state }: BusMessages['process']): void {
    if (service !== this.#options.service) return
    if (state === 'stopping') return void this.#beats.delete(node)
    const isNew = !this.#beats.has(node)
    this.#beats.set(node, 0)
    // It need not wait for the next beat to know of us.
    if (isNew && this.#joined && node !== this.#options.node) this.#say('alive')
  }

  #say(state: BusMessages['process']['state']): void {
    const { bus, service, node } = this.#options
    bus.publish('process', { service, node, state })
  }
}
