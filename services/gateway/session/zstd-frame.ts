/** RFC 8878, 3.1.1: the magic number, no options, a window of 128 KiB. Content size and checksum are not told. */
export const ZSTD_HEADER = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38])

const LARGEST_BLOCK = 128 * 1024
const BLOCK_HEADER = 3

/**
 * A message as a stretch of a zstd-stream: blocks of the one frame that a connection is. They are raw ones. A
 * compressed block refers to those before it, so it could not be made once for all sessions as with zlib, and each
 * would need a context of a megabyte; and the oldest Node that this runs on has no zstd. Who asks for it, as
 * discord.py does where it finds the codec, is understood all the same; who wants it small takes zlib-stream.
 */
export function zstdBlocks(message: Uint8Array): Buffer {
  const blocks: Uint8Array[] = []
  for (let from = 0; from < message.length; from += LARGEST_BLOCK) {
    const bytes = message.subarray(from, from + LARGEST_BLOCK)
    const header = Buffer.allocUnsafe(BLOCK_HEADER)
    // Bit 0: the last block of the frame, which never comes. Bits 1 and 2: its type; 0 is raw.
    header.writeUIntLE(bytes.length << 3, 0, BLOCK_HEADER)
    blocks.push(header, bytes)
  }
  return Buffer.concat(blocks)
}
