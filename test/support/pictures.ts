const dot = '\0\0\0\xff\xff\xff'
const frame = '\x21\xf9\x04\0\x0a\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0'
const gif = (frames: number) =>
  Buffer.from(`GIF89a\x01\0\x01\0\x80\0\0${dot}${frame.repeat(frames)};`, 'latin1')

/** Pictures of one pixel. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
/** With so many bytes behind its end, where nobody looks. */
export const longerPng = (more: number): Buffer => Buffer.concat([PNG, Buffer.alloc(more)])
export const STILL_GIF = gif(1)
export const MOVING_GIF = gif(2)

export const dataUri = (bytes: Buffer, type = 'png'): string =>
  `data:image/${type};base64,${bytes.toString('base64')}`
