import type { Bus } from '#shared/ports/bus.ts'

/** The bus as one process has it. A dead process neither says nor hears anything; a mute one hears. */
export class MortalBus implements Bus {
  state: 'alive' | 'mute' | 'dead' = 'alive'
  readonly #bus: Bus

  constructor(bus: Bus) {
    this.#bus = bus
  }

  publish: Bus['publish'] = (subject, message) => {
    if (this.state === 'alive') this.#bus.publish(subject, message)
  }

  subscribe: Bus['subscribe'] = (subject, handler) =>
    this.#bus.subscribe(subject, (message) => {
      if (this.state !== 'dead') handler(message)
    })

  onGap(): () => void {
    return () => {}
  }

  async close(): Promise<void> {}
}
