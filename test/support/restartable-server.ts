import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from './free-port.ts'
import { startServer, type TestServer } from './server.ts'

interface Options {
  readonly env?: Readonly<Record<string, string>>
  readonly program?: readonly string[]
}

/** A server that may be killed and started again: data folder and ports stay, and so do its clients' addresses. */
export class RestartableServer {
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

  static async start(options: Options = {}): Promise<RestartableServer> {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'guildhall-test-'))
    const server = new RestartableServer(dataDir, [await freePort(), await freePort()], options)
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

  /** kill -9, and a new start. */
  async restart(): Promise<void> {
    await this.kill()
    await this.start()
  }

  /** SIGTERM. @returns the exit code */
  async stop(): Promise<number | null | undefined> {
    const code = await this.#running?.stop()
    this.#running = undefined
    return code
  }

  /** Ends the server and removes its folder. */
  async dispose(): Promise<void> {
    await this.stop()
    await rm(this.dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
}
