import type { SocketServer, SocketServerOptions } from '#shared/ports/socket-server.ts'
import { listenUws, SYSTEM } from './uws-socket-server.ts'
import { listenWs } from './ws-socket-server.ts'

/** uWebSockets.js where a binary of it runs; elsewhere (an older glibc with Node 24, musl) the slower `ws`. */
export const listenSockets = async (options: SocketServerOptions): Promise<SocketServer> =>
  (await listenUws(options)) ??
  (await listenWs(options, `ws, since no binary of uWebSockets.js runs with ${SYSTEM}`))
