import { readFile } from 'node:fs/promises'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from 'node:net'

/** A process behind the front. */
export interface Backend {
  readonly service: string
  readonly port: number
  /** Takes new work: it is up, and not about to stop. */
  ready: boolean
}

const AUTH = /^\/(api(\/v\d+)?\/auth\/|verify|reset)/
const INBOX_PAGE = new URL('../../web/dev-inbox.html', import.meta.url)
const agent = new Agent({ keepAlive: true })

/**
 * Shares requests out over api and auth processes and connections over gateways, each in turn. For development and
 * tests: TLS, retries and limits are what Traefik is for.
 */
export class Front {
  readonly #backends: () => readonly Backend[]
  readonly #turns = new Map<string, number>()
  readonly #pages: Readonly<Record<string, () => Promise<{ type: string; body: string }>>>
  readonly #servers: Server[] = []

  constructor(backends: () => readonly Backend[], inbox: () => Promise<unknown>) {
    this.#backends = backends
    this.#pages = {
      '/dev/inbox.json': async () => ({ type: 'application/json', body: JSON.stringify(await inbox()) }),
      '/dev/inbox': async () => ({
        type: 'text/html; charset=utf-8',
        body: await readFile(INBOX_PAGE, 'utf8'),
      }),
    }
  }

  /** @returns the ports listened on, which are those given or any that are free */
  async listen(httpPort: number, gatewayPort: number): Promise<{ http: number; gateway: number }> {
    const http = createServer((incoming, answer) => this.#pass(incoming, answer))
    const gateway = createTcpServer((client) => {
      const backend = this.#next('gateway')
      if (!backend) return client.destroy()
      const upstream = connect(backend.port, '127.0.0.1')
      for (const [one, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        one.on('error', () => other.destroy())
        one.on('close', () => other.destroy())
        one.pipe(other)
      }
      return undefined
    })
    this.#servers.push(http, gateway)
    return { http: await listen(http, httpPort), gateway: await listen(gateway, gatewayPort) }
  }

  async close(): Promise<void> {
    for (const server of this.#servers) server.close()
    agent.destroy()
  }

  #next(service: string): Backend | undefined {
    const ready = this.#backends().filter((backend) => backend.service === service && backend.ready)
    const turn = (this.#turns.get(service) ?? 0) + 1
    this.#turns.set(service, turn)
    return ready[turn % ready.length]
  }

  #pass(incoming: IncomingMessage, answer: ServerResponse): void {
    const { url = '/', method, headers } = incoming
    const page = this.#pages[url]
    if (page)
      return void page().then(
        ({ type, body }) => answer.setHeader('content-type', type).end(body),
        (error) => refuse(answer, 502, String(error)),
      )
    const backend = this.#next(AUTH.test(url) ? 'auth' : 'api')
    if (!backend) return refuse(answer, 503, 'no process is ready')
    const upstream = request(
      { host: '127.0.0.1', port: backend.port, method, path: url, headers, agent },
      (response) => {
        answer.writeHead(response.statusCode ?? 502, forwarded(response.headers))
        response.pipe(answer)
        response.on('error', () => answer.destroy())
      },
    )
    upstream.on('error', () => {
      if (answer.headersSent) answer.destroy()
      else refuse(answer, 502, 'the process is gone')
    })
    answer.on('close', () => upstream.destroy())
    incoming.pipe(upstream)
  }
}

/** What concerns the connection to the process is not the client's business. */
const forwarded = ({ connection: _, 'keep-alive': __, ...headers }: IncomingMessage['headers']) => headers

function refuse(answer: ServerResponse, status: number, message: string): void {
  answer.writeHead(status, { 'content-type': 'application/json', 'retry-after': '1' })
  answer.end(JSON.stringify({ code: 0, message }))
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
