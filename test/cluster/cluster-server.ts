import type { RestartableServer, TestServer } from '#test/support/test-server.ts'
import { Cluster } from './cluster.ts'
import { ownStores } from './own-stores.ts'

const PROCESSES = 2

type Env = Readonly<Record<string, string>>

async function startOwn(env: Env, print: (line: string) => void) {
  const stores = await ownStores(process.env)
  const cluster = await Cluster.start({
    env: { GUILDHALL_RATE_LIMITS: 'off', GUILDHALL_LOG_LEVEL: 'warn', ...stores.env, ...env },
    processes: PROCESSES,
    httpPort: 0,
    gatewayPort: Number(env.GUILDHALL_GATEWAY_PORT ?? 0),
    print,
  })
  return { stores, cluster }
}

/**
 * Two of every service on stores of their own, behind a front, in the place of a standalone server. Its data folder
 * is the URL of its database.
 */
export async function startClusterServer(env: Env): Promise<TestServer> {
  const lines: string[] = []
  const { stores, cluster } = await startOwn(env, (line) => lines.push(line))
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

/** How the suites of a run find the cluster that they share. */
export const addressOf = ({ http, gateway, gateways, dataDir }: TestServer): string =>
  JSON.stringify({ http, gateway, gateways: gateways?.(), dataDir })

/** The cluster at an address, which ends with the run. */
export function sharedCluster(address: string): TestServer {
  const { gateways, ...found } = JSON.parse(address)
  return {
    ...found,
    gateways: () => gateways,
    pid: process.ppid,
    output: () => '',
    kill: () => Promise.reject(new Error('others use this cluster')),
    stop: async () => 0,
  }
}

/** One's own, all of whose processes are killed and started again; the front stays. */
export async function startRestartableCluster(): Promise<RestartableServer> {
  const { stores, cluster } = await startOwn({}, () => {})
  const { http, gateway } = cluster
  return {
    http,
    gateway,
    start: () => cluster.startAll(),
    async restart() {
      await cluster.killAll()
      await cluster.startAll()
    },
    stop: async () => (await cluster.endAll()).find((code) => code !== 0) ?? 0,
    async dispose() {
      await cluster.stop()
      await stores.drop()
    },
  }
}
