import http from 'node:http'
import net from 'node:net'
import type { Exchange } from '#test/support/people.ts'
import type { FuzzRequest } from './request-maker.ts'

/** Who waits longer was forgotten. */
const DEADLINE_MS = 15_000

/** Connections that are used again, as clients do. */
export class Sender {
  readonly #url: URL
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 16 })

  constructor(base: string) {
    this.#url = new URL(base)
  }

  /** Rejects when no whole answer comes in time. */
  send(asked: FuzzRequest): Promise<Exchange> {
    const { method, path, headers, body } = asked
    const { hostname, port } = this.#url
    return new Promise((resolve, reject) => {
      const request = http.request({
        hostname,
        port,
        method,
        path,
        headers: { ...headers, ...(body ? { 'content-length': body.length } : {}) },
        agent: this.#agent,
        timeout: DEADLINE_MS,
      })
      request.on('timeout', () => request.destroy(new Error('no answer in time')))
      request.on('error', (error) => {
        // A connection that the server ended meanwhile, after something that was no HTTP.
        if (request.reusedSocket && /ECONNRESET|EPIPE/.test(String((error as NodeJS.ErrnoException).code)))
          resolve(this.send(asked))
        else reject(error)
      })
      request.on('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => resolve(exchangeOf(response, Buffer.concat(chunks).toString())))
      })
      request.end(body)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

function exchangeOf({ statusCode = 0, headers }: http.IncomingMessage, text: string): Exchange {
  const told = new Headers(Object.entries(headers).map(([name, value]) => [name, String(value)]))
  const isJson = told.get('content-type') === 'application/json' && text !== ''
  return { status: statusCode, headers: told, body: isJson ? JSON.parse(text) : text }
}

/**
 * Bytes that may be no HTTP.
 *
 * @returns all that came until the server ended the connection
 */
export function sendBytes(base: string, bytes: Buffer): Promise<string> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname, () => socket.write(bytes))
    let text = ''
    socket.setEncoding('latin1').setTimeout(DEADLINE_MS)
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('timeout', () => socket.destroy(new Error('the connection was kept')))
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? resolve(text) : reject(error),
    )
    socket.on('close', () => resolve(text))
  })
}
