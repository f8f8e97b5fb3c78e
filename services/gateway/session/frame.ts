import { constants, deflateRawSync } from 'node:zlib'

/** Digits of a sequence number; blanks before them are legal JSON. */
const S_WIDTH = 10
const ZERO = 48
const BLANK = 32
const PREFIX = '{"op":0,"s":'

/**
 * One dispatch as bytes, made once however many sessions are sent it. A session's own `s` is written into a
 * field of fixed width just before the bytes are handed to its socket, which copies them.
 */
export class Frame {
  readonly #bytes: Buffer
  /** Length of everything before `"d":…`: the part that differs between sessions. */
  readonly #head: number
  /** The `s` that is in the bytes now. */
  #s = -1
  #compressedTail: Buffer | undefined

  constructor(t: string, d: string) {
    const head = `${PREFIX}${' '.repeat(S_WIDTH)},"t":"${t}",`
    this.#head = head.length
    this.#bytes = Buffer.from(`${head}"d":${d}}`)
  }

  get length(): number {
    return this.#bytes.length
  }

  /** The frame's bytes with this `s`. They are overwritten by the next call, so one frame
   * goes to a socket once a turn. */
  withSequence(s: number): Buffer {
    if (s === this.#s) return this.#bytes
    this.#s = s
    let at = PREFIX.length + S_WIDTH
    let rest = s
    do {
      this.#bytes[--at] = ZERO + (rest % 10)
      rest = Math.floor(rest / 10)
    } while (rest > 0)
    while (at > PREFIX.length) this.#bytes[--at] = BLANK
    return this.#bytes
  }

  /**
   * The frame as a stretch of a zlib-stream. Deflate blocks stand for themselves when nothing refers back, so the
   * tail is compressed once, and the head goes before it as a stored block: no context per session.
   */
  compressed(s: number): Buffer {
    this.#compressedTail ??= deflateRawSync(this.#bytes.subarray(this.#head), {
      finishFlush: constants.Z_SYNC_FLUSH,
    })
    const head = this.withSequence(s).subarray(0, this.#head)
    return Buffer.concat([storedBlock(head), this.#compressedTail])
  }
}

export const frameOf = ({ t, d }: { readonly t: string; readonly d: string }): Frame => new Frame(t, d)

/** What a zlib stream begins with: deflate, 32 KiB window, default level. */
export const ZLIB_HEADER = Buffer.from([0x78, 0x9c])

/** A control frame (Hello, acknowledgement, …) as a stretch of a zlib-stream. */
export const compressText = (text: string): Buffer =>
  deflateRawSync(Buffer.from(text), { finishFlush: constants.Z_SYNC_FLUSH })

/** RFC 1951, 3.2.4: a block that is not compressed, not the last one. */
function storedBlock(bytes: Buffer): Buffer {
  const block = Buffer.allocUnsafe(5 + bytes.length)
  block[0] = 0
  block.writeUInt16LE(bytes.length, 1)
  block.writeUInt16LE(~bytes.length & 0xffff, 3)
  bytes.copy(block, 5)
  return block
}
