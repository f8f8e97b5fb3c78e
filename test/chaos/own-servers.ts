import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '#test/support/free-port.ts'

const run = promisify(execFile)

/** Of each server: the ports it takes by these settings, and what is installed once for all of its folders. */
const SERVERS = {
  nats: { ports: ['NATS_PORT'], installed: ['nats-server-v2.15.2'] },
  postgres: { ports: ['POSTGRES_PORT'], installed: [] },
  cassandra: {
    ports: ['CASSANDRA_PORT', 'CASSANDRA_STORAGE_PORT', 'CASSANDRA_JMX_PORT'],
    installed: ['app', 'installed'],
  },
  opensearch: { ports: ['OPENSEARCH_PORT', 'OPENSEARCH_TRANSPORT_PORT'], installed: ['app', 'installed'] },
  s3: { ports: ['S3_PORT'], installed: ['versitygw-v1.8.0'] },
  mail: {
    ports: ['MAIL_SMTP_PORT', 'MAIL_SUBMISSION_PORT', 'MAIL_HTTP_PORT'],
    installed: ['node_modules', 'package.json', 'installed', 'tls.key', 'tls.crt'],
  },
} as const

/** NATS listens so far above its port too. */
const NATS_ALSO_AT = 4_000

export type ServerName = keyof typeof SERVERS
export const SERVER_NAMES = Object.keys(SERVERS) as ServerName[]

/** Acknowledged is on disk, as in production: what is killed loses nothing. */
const DURABLE = { CASSANDRA_COMMITLOG_SYNC: 'batch' }

/**
 * Servers of one's own, to be killed: of the stack of real servers whose folder STACK names, on ports and in a folder
 * of their own, with the programs that are installed already.
 */
export class OwnServers {
  /** Where they are: to be laid over the environment. */
  readonly env: Readonly<Record<string, string>>
  readonly #folder: string
  readonly #settings: NodeJS.ProcessEnv
  readonly #names: readonly ServerName[]

  private constructor(
    folder: string,
    settings: NodeJS.ProcessEnv,
    names: readonly ServerName[],
    env: Record<string, string>,
  ) {
    this.#folder = folder
    this.#settings = settings
    this.#names = names
    this.env = env
  }

  static async start(names: readonly ServerName[]): Promise<OwnServers> {
    const { GUILDHALL_STACK_DIR, XDG_CACHE_HOME = path.join(homedir(), '.cache') } = process.env
    const shared = GUILDHALL_STACK_DIR ?? path.join(XDG_CACHE_HOME, 'guildhall-stack')
    const folder = await mkdtemp(path.join(tmpdir(), 'guildhall-stack-'))
    const settings: NodeJS.ProcessEnv = { ...process.env, ...DURABLE, GUILDHALL_STACK_DIR: folder }
    const env: Record<string, string> = {}
    const servers = new OwnServers(folder, settings, names, env)
    for (const name of names) {
      const { ports, installed } = SERVERS[name]
      await mkdir(path.join(folder, name))
      for (const file of installed)
        await symlink(path.join(shared, name, file), path.join(folder, name, file))
      for (const port of ports) settings[port] = String(await freePort(NATS_ALSO_AT))
    }
    try {
      await Promise.all(names.map((name) => servers.start(name)))
      for (const name of names)
        for (const line of (await servers.#tell(name, 'env')).trim().split('\n')) {
          const [key = '', ...value] = line.split('=')
          env[key] = value.join('=')
        }
      return servers
    } catch (error) {
      await servers.dispose()
      throw error
    }
  }

  async start(name: ServerName): Promise<void> {
    await this.#tell(name, 'start')
  }

  /** kill -9. */
  async kill(name: ServerName): Promise<void> {
    await this.#tell(name, 'kill')
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#names.map((name) => this.#tell(name, 'wipe').catch(() => '')))
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }

  async #tell(name: ServerName, verb: string): Promise<string> {
    const program = path.resolve(process.env.STACK as string, 'servers', name)
    return (await run(program, [verb], { env: this.#settings })).stdout
  }
}
