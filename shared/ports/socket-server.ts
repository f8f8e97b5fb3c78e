/** One client connection, as the sessions see it. */
export interface Socket {
  /**
   * Sends in as few writes as the transport can, and takes a copy: the bytes are the caller's again afterwards.
   * False: not all of them have left, and `buffered` tells how many wait.
   */
  send(frames: readonly Uint8Array[], binary: boolean): boolean
  /** Bytes accepted by `send` that the client has not taken yet. */
  buffered(): number
  /** Sends a close frame; no handler is called for this socket afterwards but `closed`. */
  close(code: number, reason: string): void
  /** Drops the connection without a close frame. */
  drop(): void
}

export interface Upgrade {
  readonly query: URLSearchParams
  readonly host: string
  readonly ip: string
}

export interface SocketHandlers {
  message(data: ArrayBuffer, binary: boolean): void
  drained(): void
  /** code: the client's close code; 1006 when the connection was lost. */
  closed(code: number): void
}

/** WebSocket upgrades only: everything else on the port is answered 404 and the connection closed. */
export interface SocketServer {
  readonly port: number
  /** Which binary serves, for the start-up line. */
  readonly description: string
  close(): Promise<void>
}

export interface SocketServerOptions {
  readonly host: string
  readonly port: number
  /** Paths on which an upgrade is taken. */
  readonly paths: readonly string[]
  readonly maxFrameBytes: number
  connect(socket: Socket, upgrade: Upgrade): SocketHandlers
}
