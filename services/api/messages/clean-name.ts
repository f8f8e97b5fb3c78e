const LONGEST_NAME = 200

/** A name that is one path segment everywhere, at most 200 bytes long, with its extension. */
export function cleanName(name: string): string {
  const cleaned = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}._-]+/gu, '_')
    .replace(/^\.+/, '')
  const extension = /\.[\w-]{1,16}$/.exec(cleaned)?.[0] ?? ''
  const stem = Buffer.from(cleaned.slice(0, cleaned.length - extension.length))
  // As a stream the decoder leaves out a character that is cut off at the end.
  const kept = new TextDecoder().decode(stem.subarray(0, LONGEST_NAME - extension.length), { stream: true })
  return kept + extension || 'file'
}
