import type { Socket } from '#shared/ports/socket-server.ts'
import { compressText, type Frame, ZLIB_HEADER } from './frame.ts'

/** Bytes that a socket may hold back before the session waits for it to drain. */
const SOCKET_LIMIT = 1024 * 1024
/** Frames that may wait. A client this slow is cut off and resumes; it never slows others. */
const QUEUE_LIMIT = 5_000

type Item = { readonly frame: Frame; readonly s: number } | { readonly text: string }

/** Everything that goes to one socket, sent in one write per turn of the event loop. */
export class Outbound {
  readonly #socket: Socket
  readonly #compress: boolean
  readonly #flusher: Flusher
  #items: Item[] = []
  #headerSent = false
  #closed = false

  constructor(socket: Socket, compress: boolean, flusher: Flusher) {
    this.#socket = socket
    this.#compress = compress
    this.#flusher = flusher
  }

  dispatch(frame: Frame, s: number): void {
    this.#push({ frame, s })
  }

  control(payload: object): void {
    this.#push({ text: JSON.stringify(payload) })
  }

  /** Sends what waits, as far as the socket takes it. */
  flush(): void {
    if (this.#closed || this.#items.length === 0 || this.#socket.buffered() > SOCKET_LIMIT) return
    const items = this.#items
    this.#items = []
    this.#socket.send(
      items.map((item) => this.#encode(item)),
      this.#compress,
    )
  }

  close(code: number, reason: string): void {
    if (this.#closed) return
    this.flush()
    this.#closed = true
    this.#socket.close(code, reason)
  }

  /** The connection ends without a close code: the client resumes. */
  drop(): void {
    if (this.#closed) return
    this.#closed = true
    this.#items = []
    this.#socket.drop()
  }

  /** The socket is gone already. */
  abandon(): void {
    this.#closed = true
    this.#items = []
  }

  #push(item: Item): void {
    if (this.#closed) return
    if (this.#items.length >= QUEUE_LIMIT) return this.drop()
    this.#items.push(item)
    if (this.#items.length === 1) this.#flusher.mark(this)
  }

  #encode(item: Item): Uint8Array {
    if (!this.#compress) return 'text' in item ? Buffer.from(item.text) : item.frame.withSequence(item.s)
    const stretch = 'text' in item ? compressText(item.text) : item.frame.compressed(item.s)
    if (this.#headerSent) return stretch
    this.#headerSent = true
    return Buffer.concat([ZLIB_HEADER, stretch])
  }
}

/**
 * Flushes every outbound queue that got something, once per turn of the event loop and never inside a socket's
 * own handler, where a cork is open already and writes would not be joined.
 */
export class Flusher {
  #marked: Outbound[] = []
  #scheduled = false

  mark(outbound: Outbound): void {
    this.#marked.push(outbound)
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#scheduled = false
    const marked = this.#marked
    this.#marked = []
    for (const outbound of marked) outbound.flush()
  }
}
