/** An image as its bytes show it to be: what clients say is often wrong (discord.js calls everything a JPEG). */
export interface ImageType {
  readonly contentType: string
  readonly animated: boolean
}

/** undefined: neither PNG, JPEG, GIF, WebP nor AVIF. */
export function imageType(bytes: Buffer): ImageType | undefined {
  const text = (start: number, end: number) => bytes.toString('latin1', start, end)
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return { contentType: 'image/png', animated: false }
  if (text(0, 3) === '\xff\xd8\xff') return { contentType: 'image/jpeg', animated: false }
  if (/^GIF8[79]a$/.test(text(0, 6))) return { contentType: 'image/gif', animated: hasFrames(bytes) }
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') {
    const animated = text(12, 16) === 'VP8X' && ((bytes[20] ?? 0) & 2) !== 0
    return { contentType: 'image/webp', animated }
  }
  if (text(4, 12) === 'ftypavif') return { contentType: 'image/avif', animated: false }
  if (text(4, 12) === 'ftypavis') return { contentType: 'image/avif', animated: true }
  return undefined
}

const EXTENSION = 0x21
const FRAME = 0x2c

/** Has the GIF more than one frame? Its blocks follow each other, each of them in pieces that tell their length. */
function hasFrames(bytes: Buffer): boolean {
  let at = 13 + paletteSize(bytes[10])
  for (let frames = 0; at < bytes.length; ) {
    if (bytes[at] === FRAME) {
      if (++frames > 1) return true
      at += 10 + paletteSize(bytes[at + 9]) + 1
    } else if (bytes[at] === EXTENSION) at += 2
    else return false
    while (bytes[at]) at += (bytes[at] as number) + 1
    at++
  }
  return false
}

/** In bytes, as the flags of the picture, or of a frame, say. */
const paletteSize = (flags = 0): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0)
