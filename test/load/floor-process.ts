import { createRequire } from 'node:module'
import type { us_listen_socket, WebSocket } from 'uws-for-node-20'
import { collectGarbage } from './collect-garbage.ts'
import { onSchedule } from './pace.ts'
import { serve } from './remote.ts'
import { stamp, stampOffset } from './stamp.ts'

/** Sends bursts of k frames to every socket, each burst at its time. */
export interface Bursts {
  readonly times: number
  readonly k: number
  readonly everyMs: number
}

/**
 * The least that a server can do: plain uWebSockets.js, of the binary that the gateway loads, sends bytes that it
 * was given to every socket. One `send` for one frame; k frames under one cork.
 */
const uws = loadBinary()
const sockets = new Set<WebSocket<unknown>>()
let frame = Buffer.alloc(0)

const handlers = {
  listen: () =>
    new Promise<string>((resolve) => {
      const app = uws.App().ws('/*', {
        compression: 0,
        idleTimeout: 0,
        maxBackpressure: 8 * 1024 * 1024,
        open: (socket) => void sockets.add(socket),
        close: (socket) => void sockets.delete(socket),
      })
      app.listen('127.0.0.1', 0, (token: us_listen_socket | false) => {
        if (token === false) throw new Error('there is no free port')
        resolve(`ws://127.0.0.1:${uws.us_socket_local_port(token)}`)
      })
    }),
  collectGarbage: () => collectGarbage(),
  use: (json: string) => {
    frame = Buffer.from(json)
  },
  burst: ({ times, k, everyMs }: Bursts) => {
    const at = stampOffset(frame) - 1
    return onSchedule({ times, everyMs }, (due) => {
      frame.write(stamp(due), at, 'latin1')
      for (const socket of sockets) {
        if (k === 1) socket.send(frame, false)
        else
          socket.cork(() => {
            for (let index = 0; index < k; index++) socket.send(frame, false)
          })
      }
    })
  },
}

export type FloorHandlers = typeof handlers

serve(handlers)

function loadBinary(): typeof import('uws-for-node-20') {
  const require = createRequire(import.meta.url)
  for (const alias of ['uws-for-node-20', 'uws-for-node-22']) {
    try {
      return require(alias)
    } catch {} // it has no binary for this system; the next one may
  }
  throw new Error('no binary of uWebSockets.js runs here')
}
