import type { IncomingMessage } from 'node:http'

const MOST_BYTES = 64 * 1024 * 1024

/**
 * Reads and forgets what a client is still sending, within limits: of a connection that is closed under it, it
 * would see an error instead of the answer.
 */
export function discardRest(request: IncomingMessage): Promise<void> {
  if (request.readableEnded || request.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    let bytes = 0
    const done = () => {
      request.off('data', count)
      resolve()
    }
    const count = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > MOST_BYTES) done()
    }
    request.on('data', count).once('end', done).once('close', done)
    request.resume()
  })
}
