import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startRestartableCluster } from '#test/cluster/cluster-server.ts'
import { freePort } from './free-port.ts'
import { startServer } from './server.ts'
import type { RestartableServer, TestServer } from './test-server.ts'

interface Options {
  readonly env?: Readonly<Record<string, string>>
  readonly program?: readonly string[]
}

/** One process; in runs of the cluster (test/vitest.cluster.config.ts) two of every service. */
export const startRestartable = (): Promise<RestartableServer> =>
  process.env.TEST_CLUSTER ? startRestartableCluster() : RestartableProcess.start()

/** The standalone server: data folder and ports stay. */
export class RestartableProcess implements RestartableServer {
  readonly dataDir: string
  readonly http: string
  readonly gateway: string
  readonly #env: Readonly<Record<string, string>>
  readonly #program: readonly string[] | undefined
  #running: TestServer | undefined

  private constructor(dataDir: string, [http, gateway]: readonly number[], { env = {}, program }: Options) {
    this.dataDir = dataDir
    this.http = `http://127.0.0.1:${http}`
    this.gateway = `ws://127.0.0.1:${gateway}`
    this.#program = program
    this.#env = { ...env, GUILDHALL_HTTP_PORT: String(http), GUILDHALL_GATEWAY_PORT: String(gateway) }
  }

  static async start(options: Options = {}): Promise<RestartableProcess> {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'guildhall-test-'))
    const server = new RestartableProcess(dataDir, [await freePort(), await freePort()], options)
    await server.start()
    return server
  }

  async start(): Promise<void> {
    this.#running = await startServer({
      dataDir: this.dataDir,
      env: this.#env,
      ...(this.#program ? { program: this.#program } : {}),
    })
  }

  /** What the running process has printed. */
  get output(): string {
    return this.#running?.output() ?? ''
  }

  get pid(): number | undefined {
    return this.#running?.pid
  }

  /** kill -9; resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#running?.kill()
    this.#running = undefined
  }

  async restart(): Promise<void> {
    await this.kill()
    await this.start()
  }

  async stop(): Promise<number | null | undefined> {
    const code = await this.#running?.stop()
    this.#running = undefined
    return code
  }

  async dispose(): Promise<void> {
    await this.stop()
    await rm(this.dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
}
