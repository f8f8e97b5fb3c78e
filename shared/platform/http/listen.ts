import type { FastifyInstance } from 'fastify'
import type { Clock } from '#shared/kernel/clock.ts'

/** For requests under way when the server stops. Connections that have asked for nothing yet wait as long. */
const DRAIN_MS = 5_000

/** @returns the URL that people of this machine reach it at */
export async function listen(http: FastifyInstance, host: string, port: number): Promise<string> {
  await http.listen({ host, port })
  const address = http.server.address()
  const given = typeof address === 'object' && address ? address.port : port
  return `http://${host === '0.0.0.0' || host === '::' ? 'localhost' : host}:${given}`
}

/** Takes no more connections and finishes the requests that are under way. */
export async function closeHttp(http: FastifyInstance, clock: Clock): Promise<void> {
  const cancel = clock.after(DRAIN_MS, () => http.server.closeAllConnections())
  await http.close()
  cancel()
}
