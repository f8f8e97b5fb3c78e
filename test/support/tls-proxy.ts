import { readFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'

/** Certificate and key in one, for 127.0.0.1 and localhost; clients trust it as `ca`. */
export const CERTIFICATE = readFileSync(new URL('tls-certificate.pem', import.meta.url), 'utf8')

export interface TlsProxy {
  readonly port: number
  /** Every TLS connection is cut. */
  close(): Promise<void>
}

/**
 * One https and wss origin, as operators put it before a server: requests go to REST, upgrades to the gateway.
 * `targets` is asked at each request: the proxy is there first, since the server is told its address.
 */
export async function startTlsProxy(targets: () => { http: string; gateway: string }): Promise<TlsProxy> {
  const server = createServer({ key: CERTIFICATE, cert: CERTIFICATE })
  const open = new Set<Duplex>()
  server.on('secureConnection', (socket) => {
    open.add(socket)
    socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket))
  })
  server.on('request', (incoming, response) => {
    const url = new URL(incoming.url ?? '/', targets().http)
    const outgoing = request(url, { method: incoming.method, headers: incoming.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    outgoing.on('error', () => response.destroy())
    incoming.pipe(outgoing)
  })
  server.on('upgrade', (incoming, socket, head) => {
    const { hostname, port } = new URL(targets().gateway)
    const upstream = connect(Number(port), hostname, () => {
      upstream.write(requestHead(incoming))
      upstream.write(head)
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy()).on('close', () => socket.destroy())
    socket.on('close', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

function requestHead({ method, url, rawHeaders }: IncomingMessage): string {
  const headers = rawHeaders.map((part, n) => (n % 2 === 0 ? `${part}: ` : `${part}\r\n`)).join('')
  return `${method} ${url} HTTP/1.1\r\n${headers}\r\n`
}
