import { imageType } from './image-type.ts'

export interface ImageSize {
  readonly width: number
  readonly height: number
}

/** How much of a file is looked at, in bytes: a JPEG may have colours and a small picture before its size. */
export const IMAGE_HEAD_BYTES = 256 * 1024

/** The wire has it in 32 bits, with a sign. */
const LARGEST = 2 ** 31 - 1

/**
 * In pixels, as the header says it: a JPEG that asks to be turned has them as before. undefined: it is no PNG, JPEG, GIF
 * or WebP, or is cut off before that.
 */
export function imageSize(bytes: Buffer): ImageSize | undefined {
  const head = bytes.subarray(0, IMAGE_HEAD_BYTES)
  const [width, height] = READERS[imageType(head)?.contentType ?? '']?.(head) ?? [0, 0]
  const isSome = (length: number) => length > 0 && length <= LARGEST
  return isSome(width) && isSome(height) ? { width, height } : undefined
}

type Reader = (head: Buffer) => readonly [width: number, height: number] | undefined

const READERS: Readonly<Record<string, Reader>> = {
  'image/png': (head) =>
    head.length >= 24 && chunkAt(head, 12) === 'IHDR'
      ? [head.readUInt32BE(16), head.readUInt32BE(20)]
      : undefined,
  'image/gif': (head) => (head.length >= 10 ? [head.readUInt16LE(6), head.readUInt16LE(8)] : undefined),
  'image/webp': (head) => {
    const chunk = chunkAt(head, 12)
    if (chunk === 'VP8L' && head.length >= 25) {
      const bits = head.readUInt32LE(21)
      return [(bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1]
    }
    if (chunk === 'VP8X' && head.length >= 30) return [head.readUIntLE(24, 3) + 1, head.readUIntLE(27, 3) + 1]
    if (chunk === 'VP8 ' && head.length >= 30)
      return [head.readUInt16LE(26) & 0x3fff, head.readUInt16LE(28) & 0x3fff]
    return undefined
  },
  'image/jpeg': (head) => {
    for (let at = 2; at + 9 <= head.length && head[at] === 0xff; ) {
      const marker = head[at + 1] as number
      if (isFrame(marker)) return [head.readUInt16BE(at + 7), head.readUInt16BE(at + 5)]
      // Before a marker there may be more than one 0xff.
      at += marker === 0xff ? 1 : 2 + head.readUInt16BE(at + 2)
    }
    return undefined
  },
}

const chunkAt = (head: Buffer, at: number): string => head.toString('latin1', at, at + 4)

/** Of those numbers three are of tables. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
