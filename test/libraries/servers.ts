import { freePort } from '#test/support/free-port.ts'
import { startServer } from '#test/support/server.ts'
import { startTlsProxy } from '#test/support/tls-proxy.ts'
import type { Connects } from './library.ts'
import { runScenario } from './scenario.ts'

interface Servers {
  /** @returns how many steps were made */
  run(connects: Connects, way: { compress: boolean; shards: number; tls?: boolean }): Promise<number>
  stop(): Promise<void>
}

/** A server as it is, and one behind a proxy that speaks TLS, whose public address it knows. */
export async function startServers(): Promise<Servers> {
  const port = await freePort()
  const behindProxy = `ws://127.0.0.1:${port}`
  const proxy = await startTlsProxy(() => ({ http: hidden.http, gateway: behindProxy }))
  const hidden = await startServer({
    env: {
      GUILDHALL_GATEWAY_PORT: String(port),
      GUILDHALL_GATEWAY_URL: `wss://localhost:${proxy.port}/gateway`,
    },
  })
  const plain = await startServer()
  return {
    run(connects, { tls, ...way }) {
      const { http, gateway } = tls ? { http: hidden.http, gateway: behindProxy } : plain
      return runScenario(connects, { http, gateway, tlsPort: proxy.port, ...way })
    },
    async stop() {
      await Promise.all([plain.stop(), hidden.stop()])
      await proxy.close()
    },
  }
}
