import { createHash } from 'node:crypto'

const PLAIN = /^[\w:.-]{1,200}$/

/** A dedupe id as a header's value: as it is, or by its hash where it holds what a header cannot. */
export function dedupeHeader(id: string): string {
  if (PLAIN.test(id)) return id
  // UTF-16, in which halves of surrogate pairs are what they are.
  return `#${createHash('sha256').update(Buffer.from(id, 'utf16le')).digest('base64url')}`
}
