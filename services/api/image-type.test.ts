import { expect, test } from 'vitest'
import { imageType } from './image-type.ts'

const HEADER = 'GIF89a\x01\0\x01\0\x80\0\0' // one pixel, a palette of two colours
const PALETTE = '\0\0\0\xff\xff\xff'
const CONTROL = '\x21\xf9\x04\0\0\0\0\0'
const FRAME = '\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0'
const OWN_PALETTE = `\x2c\0\0\0\0\x01\0\x01\0\x80${PALETTE}\x02\x02\x44\x01\0`

const imageOf = (text: string) => imageType(Buffer.from(text, 'latin1'))

test.for([
  ['\x89PNG\r\n\x1a\n…', 'image/png', false],
  ['\xff\xd8\xff\xe0', 'image/jpeg', false],
  [`${HEADER}${PALETTE}${FRAME};`, 'image/gif', false],
  [`${HEADER}${PALETTE}${CONTROL}${FRAME};`, 'image/gif', false],
  [`${HEADER}${PALETTE}${CONTROL}${FRAME}${CONTROL}${FRAME};`, 'image/gif', true],
  [`${HEADER}${PALETTE}${OWN_PALETTE}${FRAME};`, 'image/gif', true],
  [`${HEADER}${PALETTE}${FRAME};${FRAME}`, 'image/gif', false],
  [`${HEADER}${PALETTE}\x21\xff\x0bNETSCAPE2.0`, 'image/gif', false],
  ['GIF87a', 'image/gif', false],
  ['RIFF\0\0\0\0WEBPVP8 \0\0\0\0\xff', 'image/webp', false],
  ['RIFF\0\0\0\0WEBPVP8X\0\0\0\0\x10', 'image/webp', false],
  ['RIFF\0\0\0\0WEBPVP8X\0\0\0\0\x12', 'image/webp', true],
  ['\0\0\0\x1cftypavif', 'image/avif', false],
  ['\0\0\0\x1cftypavis', 'image/avif', true],
] as const)('%s is %s, animated: %s', ([text, contentType, animated]) => {
  expect(imageOf(text)).toEqual({ contentType, animated })
})

test.for(['', 'GIF', '<svg/>', 'RIFF\0\0\0\0WAVE', '%PDF-1.4'])('%s is no picture', (text) => {
  expect(imageOf(text)).toBeUndefined()
})
