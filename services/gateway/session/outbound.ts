import { type Deferred, deferred } from '#shared/kernel/deferred.ts'
import type { Socket } from '#shared/ports/socket-server.ts'
import { compressText, type Frame, ZLIB_HEADER } from './frame.ts'
import { ZSTD_HEADER, zstdBlocks } from './zstd-frame.ts'

/** What the frames of a connection are together, if not text each: see SES-8. */
export type Compression = 'zlib-stream' | 'zstd-stream' | undefined

/** Bytes that a socket may hold back before the session waits for it to drain. */
const SOCKET_LIMIT = 1024 * 1024
/** Frames that may wait, and their bytes. A client this slow is cut off and resumes; it never slows others. */
const QUEUE_LIMIT = 5_000
const QUEUE_BYTES = 16 * 1024 * 1024
/** What the socket is given at once; whoever has more to send than this looks whether there is room for it. */
const PIECE_BYTES = 1024 * 1024

/** Everything that goes to one socket, sent in one write per turn of the event loop. */
export class Outbound {
  readonly #socket: Socket
  readonly #compression: Compression
  readonly #flusher: Flusher
  /** Dispatches with the `s` of each, and control frames as text, in order. */
  readonly #items: (Frame | string)[] = []
  readonly #sequences: number[] = []
  /** Of what waits, before it is compressed. */
  #bytes = 0
  #sent = 0
  #room: Deferred<void> | undefined
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
    if (this.#closed) return
    while (this.#items.length > 0 && !this.#isHeld()) this.#sendPiece()
    if (this.#hasRoom()) this.#giveRoom()
  }

  /** Resolves when more may be sent, or nothing can be any more; undefined: at once. */
  room(): Promise<void> | undefined {
    if (this.#closed || this.#hasRoom()) return undefined
    this.#room ??= deferred()
    return this.#room.promise
  }

  /** Bytes that the client has taken until now. */
  get taken(): number {
    return this.#sent - this.#socket.buffered()
  }

  /** Somebody waits for room. */
  get isWaitedFor(): boolean {
    return this.#room !== undefined
  }

  close(code: number, reason: string): void {
    if (this.#closed) return
    this.flush()
    this.#closed = true
    this.#giveRoom()
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
    this.#bytes = 0
    this.#giveRoom()
  }

  #push(item: Frame | string, s: number): void {
    if (this.#closed) return
    // What a turn brings to a client that takes everything is sent at its end, however much it is.
    if ((this.#items.length >= QUEUE_LIMIT || this.#bytes >= QUEUE_BYTES) && this.#isHeld())
      return this.drop()
    this.#sequences.push(s)
    this.#bytes += item.length
    if (this.#items.push(item) === 1) this.#flusher.mark(this)
  }

  #isHeld(): boolean {
    return this.#held && this.#socket.buffered() > SOCKET_LIMIT
  }

  #hasRoom(): boolean {
    return this.#bytes < PIECE_BYTES && !this.#isHeld()
  }

  #giveRoom(): void {
    this.#room?.resolve()
    this.#room = undefined
  }

  #sendPiece(): void {
    // The socket copies before it returns, so one list serves every flush of every session.
    bytes.length = 0
    for (let size = 0; bytes.length < this.#items.length && size < PIECE_BYTES; ) {
      const item = this.#items[bytes.length] as Frame | string
      size += item.length
      this.#bytes -= item.length
      const encoded = this.#encode(bytes.length)
      this.#sent += encoded.length
      bytes.push(encoded)
    }
    removeFirst(this.#items, bytes.length)
    removeFirst(this.#sequences, bytes.length)
    this.#held = !this.#socket.send(bytes, this.#compression !== undefined)
    bytes.length = 0
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

function removeFirst(list: unknown[], count: number): void {
  if (count === list.length) list.length = 0
  else list.splice(0, count)
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
