import { expect, test } from 'vitest'
import { MOVING_GIF, PNG } from '#test/support/pictures.ts'
import { IMAGE_HEAD_BYTES, imageSize } from './image-size.ts'

const latin1 = (...parts: string[]) => Buffer.from(parts.join(''), 'latin1')

const png = (size: string) => latin1('\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR', size)
const webp = (chunk: string) => latin1('RIFF\0\0\0\0WEBP', chunk)
const JPEG = '\xff\xd8'
const FRAME = '\0\x11\x08\x01\x02\x03\x04'
/** A segment of so many bytes besides its length. */
const segment = (marker: string, length: number) =>
  `\xff${marker}${String.fromCharCode((length + 2) >> 8, (length + 2) & 0xff)}${'\0'.repeat(length)}`

const pictures: readonly (readonly [what: string, bytes: Buffer, size: [number, number]])[] = [
  ['PNG', PNG.subarray(0, 24), [1, 1]],
  ['wide PNG', png('\x7f\xff\xff\xff\0\0\0\x02'), [2 ** 31 - 1, 2]],
  ['GIF', MOVING_GIF.subarray(0, 10), [1, 1]],
  ['wide GIF', latin1('GIF87a\x01\x02\x03\x04'), [0x201, 0x403]],
  ['lossy WebP', webp('VP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x01\x42\x03\x84'), [0x201, 0x403]],
  ['lossless WebP', webp('VP8L\0\0\0\0\x2f\x01\x80\xff\xff'), [2, 0x3fff]],
  ['extended WebP', webp('VP8X\0\0\0\0\0\0\0\0\xff\xff\0\x02\0\x01'), [65_536, 65_539]],
  ['JPEG', latin1(JPEG, '\xff\xc0', FRAME), [0x304, 0x102]],
  [
    'progressive JPEG behind other segments',
    latin1(JPEG, segment('\xe0', 14), segment('\xc4', 300), '\xff\xff', '\xff\xc2', FRAME),
    [0x304, 0x102],
  ],
]

test.each(pictures)(
  'a %s tells its size in its header, and nothing when that is cut',
  (_what, bytes, size) => {
    const [width, height] = size
    expect(imageSize(Buffer.concat([bytes, Buffer.alloc(99)]))).toEqual({ width, height })
    expect(imageSize(bytes)).toEqual({ width, height })
    for (let length = 0; length < bytes.length; length++)
      expect(imageSize(bytes.subarray(0, length))).toBeUndefined()
  },
)

test('what is no picture, has no extent, or more than the wire can say has no size', () => {
  for (const bytes of [
    latin1(''),
    latin1('<svg width="1" height="1"/>'),
    png('\0\0\0\0\0\0\0\x01'),
    png('\x80\0\0\0\0\0\0\x01'),
    latin1('\x89PNG\r\n\x1a\n\0\0\0\x04CgBI', '\0'.repeat(20)),
    webp(`VP9 ${'\x01'.repeat(20)}`),
    latin1(JPEG, '\xff\xe0\0\0\0\0\0\0\0\0\0'),
    latin1(JPEG, '\xff'.repeat(2 * IMAGE_HEAD_BYTES)),
    latin1(JPEG, segment('\xe2', 65_000).repeat(5), '\xff\xc0', FRAME),
  ])
    expect(imageSize(bytes)).toBeUndefined()
})
