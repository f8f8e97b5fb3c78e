const LARGEST_HEADER = 10

/** Control frames are never fragmented (RFC 6455, 5.5). */
export const WsOpcode = { TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 } as const

/**
 * Finds the frames in a server's stream, whose payloads are not masked. Only headers are looked at; payloads are
 * skipped, unless somebody wants them.
 */
export class FrameScanner {
  /** Complete data frames so far. */
  frames = 0
  /** Called with the payload of each data frame; the bytes are valid during the call. Undefined: skipped. */
  want: ((payload: Buffer) => void) | undefined
  /** Called for each control frame. */
  readonly #control: (opcode: number) => void
  #header = Buffer.alloc(0)
  #opcode = 0
  /** Bytes of the current payload that are still to come. */
  #left = 0
  #inPayload = false
  #parts: Buffer[] = []

  constructor(control: (opcode: number) => void = () => {}) {
    this.#control = control
  }

  push(chunk: Buffer): void {
    let at = 0
    for (;;) {
      if (!this.#inPayload) {
        const used = this.#readHeader(chunk, at)
        if (used === undefined) return
        at += used
      }
      const taken = Math.min(this.#left, chunk.length - at)
      const part = chunk.subarray(at, at + taken)
      at += taken
      this.#left -= taken
      if (this.#left > 0) {
        // The chunk's memory is used again for the next one.
        if (this.want) this.#parts.push(Buffer.from(part))
        return
      }
      this.#inPayload = false
      const parts = this.#parts
      if (parts.length > 0) this.#parts = []
      if (this.#opcode >= WsOpcode.CLOSE) this.#control(this.#opcode)
      else {
        this.frames++
        this.want?.(parts.length === 0 ? part : Buffer.concat([...parts, part]))
      }
    }
  }

  /** @returns how many bytes of the chunk belong to the header; undefined: it goes on in the next chunk */
  #readHeader(chunk: Buffer, at: number): number | undefined {
    const before = this.#header.length
    const bytes =
      before === 0 ? chunk : Buffer.concat([this.#header, chunk.subarray(at, at + LARGEST_HEADER)])
    const start = before === 0 ? at : 0
    const available = bytes.length - start
    const short = available < 2 ? undefined : (bytes[start + 1] as number) & 0x7f
    const length = short === undefined ? LARGEST_HEADER : short === 126 ? 4 : short === 127 ? 10 : 2
    if (short === undefined || available < length) {
      this.#header = Buffer.from(bytes.subarray(start))
      return undefined
    }
    this.#opcode = (bytes[start] as number) & 0x0f
    this.#left =
      length === 2
        ? short
        : length === 4
          ? bytes.readUInt16BE(start + 2)
          : Number(bytes.readBigUInt64BE(start + 2))
    this.#inPayload = true
    if (before > 0) this.#header = Buffer.alloc(0)
    return length - before
  }
}

/** A client's frame. The masking key is 0, which leaves the payload as it is and is valid all the same. */
export function clientFrame(payload: string | Buffer, opcode: number = WsOpcode.TEXT): Buffer {
  const body = Buffer.from(payload)
  if (body.length > 0xffff) throw new Error('a frame this large is not needed here')
  const extended = body.length > 125
  const head = Buffer.alloc(extended ? 8 : 6)
  head[0] = 0x80 | opcode
  head[1] = 0x80 | (extended ? 126 : body.length)
  if (extended) head.writeUInt16BE(body.length, 2)
  return Buffer.concat([head, body])
}

/** The request that makes a connection a WebSocket. */
export const upgradeRequest = (url: URL): string =>
  [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    '\r\n',
  ].join('\r\n')
