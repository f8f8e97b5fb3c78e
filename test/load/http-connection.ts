import { connect, type Socket } from 'node:net'

/** One kept-alive HTTP/1.1 connection, one request at a time. Answers have to tell their length. */
export class HttpConnection {
  readonly #host: string
  readonly #socket: Socket
  #received: Buffer = Buffer.alloc(0)
  #answered: ((status: number) => void) | undefined
  #failed: ((error: Error) => void) | undefined

  constructor(url: string) {
    const { hostname, port, host } = new URL(url)
    this.#host = host
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true })
    this.#socket.on('data', (chunk) => this.#take(chunk as Buffer))
    this.#socket.on('error', () => {}) // 'close' follows
    this.#socket.on('close', () => this.#failed?.(new Error('the server ended the connection')))
  }

  /** @returns the status */
  request(method: string, path: string, token: string, body = ''): Promise<number> {
    const head = `${method} /api/v10${path} HTTP/1.1\r\nHost: ${this.#host}\r\nAuthorization: ${token}\r\n`
    const about = `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`
    return new Promise((resolve, reject) => {
      this.#answered = resolve
      this.#failed = reject
      this.#socket.write(`${head}${body === '' ? '' : about}\r\n${body}`)
    })
  }

  close(): void {
    this.#failed = undefined
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const end = this.#received.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = this.#received.toString('latin1', 0, end)
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
    if (this.#received.length < end + 4 + length) return
    this.#received = this.#received.subarray(end + 4 + length)
    const answered = this.#answered
    this.#answered = undefined
    answered?.(Number(head.slice(9, 12)))
  }
}
