import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type { HttpResponse, TemplatedApp, us_listen_socket, WebSocket } from 'uws-for-node-20'
import type {
  Socket,
  SocketHandlers,
  SocketServer,
  SocketServerOptions,
} from '#shared/ports/socket-server.ts'

export const SYSTEM = `Node ${process.versions.node} on ${process.platform}-${process.arch}`

type Uws = typeof import('uws-for-node-20')

interface Data {
  /** Until the socket is open: it keeps the whole upgrade. */
  connect: ((socket: WebSocket<Data>) => SocketHandlers) | undefined
  handlers: SocketHandlers | undefined
}

/** Kernel and library buffers for one client; what does not fit waits in the session's own queue. */
const BACKPRESSURE = 8 * 1024 * 1024

/**
 * What is corked goes out in one write, from a buffer of this size. The rest would take the way of backpressure,
 * whose buffer a connection keeps at its largest size for as long as it lives.
 */
const CORK = 16 * 1024
const FRAME_HEADER = 10
/** What `send` answers when everything has gone to the kernel. */
const SENT = 1

/** Without it two processes could listen on one port, each getting half of the clients. */
const EXCLUSIVE_PORT = 1

/**
 * WebSockets by uWebSockets.js; undefined when no binary of it runs on this system.
 * @throws when the port is taken
 */
export async function listenUws(options: SocketServerOptions): Promise<SocketServer | undefined> {
  const binary = loadBinary()
  if (!binary) return undefined
  const { uws, version } = binary
  const app = uws.App()
  // The transport's HTTP parser lets smuggled requests through: it serves nothing but upgrades.
  const refuse = (response: HttpResponse) => {
    response.cork(() => {
      response.writeStatus('404 Not Found').end('', true)
    })
  }
  for (const path of options.paths) upgradeOn(app, path, options)
  app.any('/*', (response) => refuse(response))
  const listening = await new Promise<us_listen_socket>((resolve, reject) => {
    // The typings leave out the form with both host and options.
    const listen = app.listen.bind(app) as unknown as (
      host: string,
      port: number,
      options: number,
      done: (token: us_listen_socket | false) => void,
    ) => void
    listen(options.host, options.port, EXCLUSIVE_PORT, (token) => {
      if (token) resolve(token)
      else
        reject(
          new Error(
            `cannot listen on ${options.host}:${options.port}: the port is taken, or the address is not this machine's`,
          ),
        )
    })
  })
  return {
    port: uws.us_socket_local_port(listening),
    description: `uWebSockets.js ${version} for ${SYSTEM}`,
    async close() {
      uws.us_listen_socket_close(listening)
      app.close()
    },
  }
}

function upgradeOn(app: TemplatedApp, path: string, options: SocketServerOptions): void {
  app.ws<Data>(path, {
    compression: 0,
    maxPayloadLength: options.maxFrameBytes,
    maxBackpressure: BACKPRESSURE,
    closeOnBackpressureLimit: true,
    // Heartbeats decide who lives; the transport only notices half-open connections.
    idleTimeout: 240,
    sendPingsAutomatically: true,
    upgrade: (response, request, context) => {
      const query = new URLSearchParams(request.getQuery())
      const host = request.getHeader('host')
      const ip = Buffer.from(response.getRemoteAddressAsText()).toString()
      const data: Data = {
        connect: (ws) => options.connect(socketOf(ws), { query, host, ip }),
        handlers: undefined,
      }
      response.upgrade(
        data,
        request.getHeader('sec-websocket-key'),
        request.getHeader('sec-websocket-protocol'),
        request.getHeader('sec-websocket-extensions'),
        context,
      )
    },
    open: (ws) => {
      const data = ws.getUserData()
      data.handlers = data.connect?.(ws)
      data.connect = undefined
    },
    message: (ws, message, binary) => ws.getUserData().handlers?.message(message, binary),
    drain: (ws) => ws.getUserData().handlers?.drained(),
    close: (ws, code) => {
      const data = ws.getUserData()
      sockets.get(ws)?.gone()
      data.handlers?.closed(code)
    },
  })
}

/** The frames from an index on that fit into one cork together; one that fits into none stands alone. */
function endOfRun(frames: readonly Uint8Array[], from: number): number {
  let bytes = 0
  for (let index = from; index < frames.length; index++) {
    bytes += (frames[index] as Uint8Array).length + FRAME_HEADER
    if (bytes > CORK && index > from) return index
  }
  return frames.length
}

/** uWebSockets throws when a closed socket is touched; sessions need not know when that is. */
class UwsSocket implements Socket {
  #ws: WebSocket<Data> | undefined

  constructor(ws: WebSocket<Data>) {
    this.#ws = ws
  }

  gone(): void {
    this.#ws = undefined
  }

  send(frames: readonly Uint8Array[], binary: boolean): boolean {
    const ws = this.#ws
    if (!ws) return true
    const only = frames[0] as Uint8Array
    if (frames.length === 1) return ws.send(only, binary) === SENT
    let allSent = true
    for (let from = 0; from < frames.length; ) {
      const end = endOfRun(frames, from)
      ws.cork(() => {
        for (let index = from; index < end; index++)
          if (ws.send(frames[index] as Uint8Array, binary) !== SENT) allSent = false
      })
      from = end
    }
    return allSent
  }

  buffered(): number {
    return this.#ws?.getBufferedAmount() ?? 0
  }

  close(code: number, reason: string): void {
    this.#ws?.end(code, reason)
  }

  drop(): void {
    this.#ws?.close()
  }
}

const sockets = new WeakMap<WebSocket<Data>, UwsSocket>()

function socketOf(ws: WebSocket<Data>): UwsSocket {
  const socket = new UwsSocket(ws)
  sockets.set(ws, socket)
  return socket
}

/**
 * Two packages bring the official binaries: the older one up to Node 23, the newer one from Node 22, which needs
 * glibc 2.38. undefined: neither runs here.
 */
function loadBinary(): { uws: Uws; version: string } | undefined {
  const require = createRequire(import.meta.url)
  for (const alias of ['uws-for-node-20', 'uws-for-node-22']) {
    try {
      const uws = require(alias) as Uws
      const manifest = readFileSync(path.join(path.dirname(require.resolve(alias)), 'package.json'), 'utf8')
      return { uws, version: (JSON.parse(manifest) as { version: string }).version }
    } catch {} // it has no binary for this system; the next one may
  }
  return undefined
}
