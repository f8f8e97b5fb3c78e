const uri = (type: string, bytes: Buffer) => `data:${type};base64,${bytes.toString('base64')}`

/** The smallest there is, with so many bytes behind its end, where nobody looks. */
export function pngBytes(more = 0): Buffer {
  const image =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
  return Buffer.concat([Buffer.from(image, 'base64'), Buffer.alloc(more)])
}

export const pngOf = (more: number): string => uri('image/png', pngBytes(more))
export const PNG = pngOf(0)
/** Of two frames. */
export const GIF = uri(
  'image/gif',
  Buffer.from(
    'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAAh+QQBAAAAACwAAAAAAQABAAACAUQAOw==',
    'base64',
  ),
)
