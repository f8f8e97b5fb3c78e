import type { IncomingMessage } from 'node:http'
import type { Clock } from '#shared/kernel/clock.ts'

const MOST_BYTES = 64 * 1024 * 1024
/** Whatever is still on its way then. */
const MOST_MS = 5_000

/**
 * Reads and forgets what a client is still sending, within limits: of a connection that is closed under it, it
 * would see an error instead of the answer.
 */
export function discardRest(request: IncomingMessage, clock: Clock): Promise<void> {
  if (request.readableEnded || request.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    let bytes = 0
    const done = () => {
      cancel()
      request.off('data', count)
      resolve()
    }
    const cancel = clock.after(MOST_MS, done)
    const count = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > MOST_BYTES) done()
    }
    request.on('data', count).once('end', done).once('close', done)
    request.resume()
  })
}
