import type { Socket } from '#shared/ports/socket-server.ts'
import { compressText, type Frame, ZLIB_HEADER } from './frame.ts'
import { ZSTD_HEADER, zstdBlocks } from './zstd-frame.ts'

/** What the frames of a connection are together, if not text each: see SES-8. */
export type Compression = 'zlib-stream' | 'zstd-stream' | undefined

/** Bytes that a socket may hold back before the session waits for it to drain. */
const SOCKET_LIMIT = 1024 * 1024
/** Frames that may wait. A client this slow is cut off and resumes; it never slows others. */
const QUEUE_LIMIT = 5_000

/** Everything that goes to one socket, sent in one write per turn of the event loop. */
export class Outbound {
  readonly #socket: Socket
  readonly #compression: Compression
  readonly #flusher: Flusher
  /** Dispatches with the `s` of each, and control frames as text, in order. */
  readonly #items: (Frame | string)[] = []
  readonly #sequences: number[] = []
  #held = false
  #headerSent = false
  #closed = false

  constructor(socket: Socket, compression: Compression, flusher: Flusher) {
    this.#socket = socket
    this.#compression = compression
    this.#flusher = flusher
  }

  dispatch(frame: Frame, s: number): void {
    this.#push(frame, s)
  }

  control(payload: object): void {
    this.#push(JSON.stringify(payload), 0)
  }

  /** Sends what waits, as far as the socket takes it. */
  flush(): void {
    const count = this.#items.length
    if (this.#closed || count === 0) return
    if (this.#held && this.#socket.buffered() > SOCKET_LIMIT) return
    // The socket copies before it returns, so one list serves every flush of every session.
    for (let index = 0; index < count; index++) bytes[index] = this.#encode(index)
    bytes.length = count
    this.#items.length = 0
    this.#sequences.length = 0
    this.#held = !this.#socket.send(bytes, this.#compression !== undefined)
    bytes.length = 0
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
    this.abandon()
    this.#socket.drop()
  }

  /** The socket is gone already. */
  abandon(): void {
    this.#closed = true
    this.#items.length = 0
    this.#sequences.length = 0
  }

  #push(item: Frame | string, s: number): void {
    if (this.#closed) return
    if (this.#items.length >= QUEUE_LIMIT) return this.drop()
    this.#sequences.push(s)
    if (this.#items.push(item) === 1) this.#flusher.mark(this)
  }

  #encode(index: number): Uint8Array {
    const item = this.#items[index] as Frame | string
    const s = this.#sequences[index] as number
    if (!this.#compression) return plain(item, s)
    const zlib = this.#compression === 'zlib-stream'
    const stretch = zlib ? deflated(item, s) : zstdBlocks(plain(item, s))
    if (this.#headerSent) return stretch
    this.#headerSent = true
    return Buffer.concat([zlib ? ZLIB_HEADER : ZSTD_HEADER, stretch])
  }
}

const plain = (item: Frame | string, s: number): Buffer =>
  typeof item === 'string' ? Buffer.from(item) : item.withSequence(s)

const deflated = (item: Frame | string, s: number): Buffer =>
  typeof item === 'string' ? compressText(item) : item.compressed(s)

const bytes: Uint8Array[] = []

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
