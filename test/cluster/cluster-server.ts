import type { TestServer } from '#test/support/test-server.ts'
import { Cluster } from './cluster.ts'
import { ownStores } from './own-stores.ts'

const PROCESSES = 2

/**
 * Two of every service on stores of their own, behind a front, in the place of a standalone server. Its data folder
 * is the URL of its database.
 */
export async function startClusterServer(env: Readonly<Record<string, string>>): Promise<TestServer> {
  const stores = await ownStores(process.env)
  const lines: string[] = []
  const cluster = await Cluster.start({
    env: { GUILDHALL_RATE_LIMITS: 'off', GUILDHALL_LOG_LEVEL: 'warn', ...stores.env, ...env },
    processes: PROCESSES,
    httpPort: 0,
    gatewayPort: Number(env.GUILDHALL_GATEWAY_PORT ?? 0),
    print: (line) => lines.push(line),
  })
  const { http, gateway } = cluster
  return {
    http,
    gateway,
    gateways: () => cluster.of('gateway').map(({ port }) => `ws://127.0.0.1:${port}`),
    dataDir: stores.env.DATABASE_URL,
    pid: process.pid,
    output: () => lines.join('\n'),
    kill: () => Promise.reject(new Error('a cluster is not killed as a whole')),
    async stop() {
      await cluster.stop()
      await stores.drop()
      return 0
    },
  }
}
