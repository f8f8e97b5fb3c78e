import type { Socket, SocketHandlers, SocketServerOptions } from '#shared/ports/socket-server.ts'
import type { Dice } from '../engine/dice.ts'
import type { SimProcess } from '../engine/process.ts'
import type { Scheduler } from '../engine/scheduler.ts'

export interface ClientHandlers {
  frame(text: string): void
  closed(code: number): void
}

/** What a client holds of its connection. */
export interface ClientEnd {
  send(payload: object): void
  /** A close frame with a code. */
  close(code: number): void
  /** For a while the client reads nothing. */
  clog(ms: number): void
  /** The connection breaks: either side hears of it soon, late, or never. */
  cut(): void
}

/** WebSocket connections between clients and gateway processes, in order and without loss until they break. */
export class Network {
  readonly #scheduler: Scheduler
  readonly #dice: Dice
  readonly #listening = new Map<SimProcess, SocketServerOptions>()
  readonly #open = new Set<{ process: SimProcess; reset(): void }>()

  constructor(scheduler: Scheduler, dice: Dice) {
    this.#scheduler = scheduler
    this.#dice = dice
  }

  listen(process: SimProcess, options: SocketServerOptions) {
    this.#listening.set(process, options)
    return {
      port: 1,
      description: 'simulated',
      close: async () => {
        this.down(process)
      },
    }
  }

  /** The process is gone: its clients' connections are reset. */
  down(process: SimProcess): void {
    this.#listening.delete(process)
    for (const connection of this.#open) if (connection.process === process) connection.reset()
  }

  /** undefined: connection refused. */
  connect(process: SimProcess, client: ClientHandlers): ClientEnd | undefined {
    const options = this.#listening.get(process)
    if (!options) return undefined
    const scheduler = this.#scheduler
    const dice = this.#dice
    /** A direction keeps its order: nothing arrives before what was sent before it. */
    const lane = () => {
      let last = 0
      return (owner: SimProcess | null, run: () => void, notBefore = 0) => {
        last = Math.max(last, notBefore, scheduler.now + dice.between(0.2, 20))
        scheduler.after(last - scheduler.now, owner, run)
      }
    }
    const up = lane()
    const down = lane()
    let handlers: SocketHandlers | undefined
    let broken = false
    let serverOver = false
    let clientOver = false
    let cloggedUntil = 0
    let buffered = 0
    const toServer = (run: (handlers: SocketHandlers) => void) =>
      up(process, () => {
        if (!serverOver && handlers) run(handlers)
      })
    const endServer = (code: number) => {
      if (serverOver) return
      serverOver = true
      this.#open.delete(connection)
      handlers?.closed(code)
    }
    const endClient = (code: number) => {
      if (clientOver) return
      clientOver = true
      client.closed(code)
    }
    const socket: Socket = {
      send: (frames) => {
        if (serverOver) return true
        for (const frame of frames) {
          // The bytes are patched for the next session as soon as this returns.
          const text = Buffer.from(frame).toString()
          buffered += text.length
          down(
            null,
            () => {
              buffered -= text.length
              if (clientOver || broken) return
              client.frame(text)
            },
            cloggedUntil,
          )
        }
        if (cloggedUntil <= scheduler.now) return true
        down(process, () => !serverOver && handlers?.drained())
        return false
      },
      buffered: () => buffered,
      close: (code) => {
        down(null, () => {
          if (!broken) endClient(code)
        })
        scheduler.after(0, process, () => endServer(code))
      },
      drop: () => {
        down(null, () => endClient(1006))
        scheduler.after(0, process, () => endServer(1006))
      },
    }
    const connection = {
      process,
      reset: () => {
        serverOver = true
        this.#open.delete(connection)
        scheduler.after(dice.between(1, 500), null, () => endClient(1006))
      },
    }
    this.#open.add(connection)
    up(process, () => {
      const url = { query: new URLSearchParams('v=10&encoding=json'), host: 'guildhall', ip: '127.0.0.1' }
      if (!serverOver) handlers = options.connect(socket, url)
    })
    return {
      send: (payload) => {
        const { buffer, byteOffset, byteLength } = Buffer.from(JSON.stringify(payload))
        const data = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer
        if (!broken && !clientOver) toServer((server) => server.message(data, false))
      },
      close: (code) => {
        clientOver = true
        if (broken) return
        up(process, () => endServer(code))
      },
      clog: (ms) => {
        cloggedUntil = scheduler.now + ms
      },
      cut: () => {
        broken = true
        const late = () =>
          dice.weighted([
            [4, dice.between(1, 50)],
            [2, dice.between(50, 20_000)],
            [1, 10 ** 9],
          ] as const)
        scheduler.after(late(), process, () => endServer(1006))
        scheduler.after(late(), null, () => endClient(1006))
      },
    }
  }
}
