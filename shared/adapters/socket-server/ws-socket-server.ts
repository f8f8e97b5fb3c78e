import { createServer } from 'node:http'
import type { Socket as NetSocket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Socket, SocketServer, SocketServerOptions, Upgrade } from '#shared/ports/socket-server.ts'

/** Requests name a path only. */
const BASE = 'http://gateway'
const BACKPRESSURE = 8 * 1024 * 1024

/** WebSockets by the `ws` package, for systems that no uWebSockets.js binary runs on. @throws when the port is taken */
export async function listenWs(options: SocketServerOptions, description: string): Promise<SocketServer> {
  const http = createServer((_request, response) => {
    response.writeHead(404, { connection: 'close' }).end()
  })
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: options.maxFrameBytes,
    clientTracking: true,
  })
  http.on('upgrade', (request, stream, head) => {
    // Node has taken its own listener off: a client that resets before the answer would end the process.
    stream.on('error', () => stream.destroy())
    const target = request.url ?? '/'
    const url = URL.canParse(target, BASE) ? new URL(target, BASE) : undefined
    if (!url || !options.paths.includes(url.pathname)) {
      stream.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    const upgrade: Upgrade = {
      query: url.searchParams,
      host: request.headers.host ?? '',
      ip: request.socket.remoteAddress ?? '',
    }
    server.handleUpgrade(request, stream, head, (ws) => serve(ws, stream as NetSocket, upgrade, options))
  })
  await new Promise<void>((resolve, reject) => {
    http.once('error', (cause) =>
      reject(new Error(`cannot listen on ${options.host}:${options.port}: ${cause.message}`, { cause })),
    )
    http.listen(options.port, options.host, resolve)
  })
  const address = http.address()
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    description,
    async close() {
      for (const ws of server.clients) ws.terminate()
      server.close()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

function serve(ws: WebSocket, stream: NetSocket, upgrade: Upgrade, options: SocketServerOptions): void {
  const handlers = options.connect(socketOf(ws, stream), upgrade)
  ws.on('message', (data: Buffer, binary: boolean) => {
    handlers.message(
      data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer,
      binary,
    )
  })
  ws.on('close', (code) => handlers.closed(code))
  // A broken connection is told by `close` as well.
  ws.on('error', () => {})
  stream.on('drain', () => handlers.drained())
}

const socketOf = (ws: WebSocket, stream: NetSocket): Socket => ({
  send(frames, binary) {
    if (ws.readyState !== ws.OPEN) return true
    if (ws.bufferedAmount > BACKPRESSURE) {
      ws.terminate()
      return true
    }
    stream.cork()
    // The bytes are only lent, and this library holds on to what the kernel does not take at once.
    for (const frame of frames) ws.send(Buffer.from(frame), { binary })
    stream.uncork()
    return ws.bufferedAmount === 0
  },
  buffered: () => ws.bufferedAmount,
  close: (code, reason) => ws.close(code, reason),
  drop: () => ws.terminate(),
})
