import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { type NatsUser, USERS } from '#db/nats/permissions.ts'
import { urlsOf, usersBlock } from '#db/nats/users.ts'
import { roleOf, SERVICES, type Service } from '#db/postgres/grants.ts'
import { type Nats, openNats } from '#shared/adapters/nats/nats.ts'
import { eventually } from '#test/support/eventually.ts'
import { freePort } from '#test/support/free-port.ts'
import { type Backend, Front } from './front.ts'
import { inbox } from './inbox.ts'
import { missingStores, type OwnStores, onPostgres, ownStores } from './own-stores.ts'

const { GUILDHALL_STACK_DIR, XDG_CACHE_HOME, GUILDHALL_BUILD } = process.env
const CACHE = XDG_CACHE_HOME ?? path.join(homedir(), '.cache')
const NATS_SERVER = path.join(GUILDHALL_STACK_DIR ?? path.join(CACHE, 'guildhall-stack'), 'nats/nats-server')
const ROOT = path.resolve(import.meta.dirname, '../..')
const START_MS = 120_000
const READY = /^guildhall (\w+) is ready: (http:\S+?),?(?: gateway (\S+))?$/

/** What is missing for OwnCredentials. */
export const missingForCredentials = (): string[] => [
  ...missingStores(process.env),
  ...(existsSync(NATS_SERVER) ? [] : [NATS_SERVER]),
]

/**
 * One process of each service, every one with a login of its own to Postgres and to a NATS server that was started
 * with nothing but what `npm run nats:users` prints.
 */
export class OwnCredentials {
  readonly stores: OwnStores
  readonly namespace: string
  /** Lines that any of the processes printed. */
  readonly output: string[] = []
  http = ''
  gateway = ''
  readonly #folder: string
  readonly #secret = randomBytes(12).toString('hex')
  readonly #passwords = Object.fromEntries(USERS.map((user) => [user, this.#secret])) as Record<
    NatsUser,
    string
  >
  readonly #services: ChildProcess[] = []
  readonly #backends: Backend[] = []
  readonly #front: Front
  #nats: ChildProcess | undefined
  #natsUrl = ''

  private constructor(stores: OwnStores, folder: string) {
    this.stores = stores
    this.namespace = stores.env.NATS_NAMESPACE as string
    this.#folder = folder
    this.#front = new Front(
      () => this.#backends,
      () => inbox(stores.env),
    )
  }

  /** Stores of its own, with a NATS server that has no stream yet. */
  static async create(): Promise<OwnCredentials> {
    const stores = await ownStores(process.env)
    const own = new OwnCredentials(stores, await mkdtemp(path.join(tmpdir(), 'guildhall-credentials-')))
    await own.#startNats()
    return own
  }

  /** Migrates the stores with the rights of the migrations, gives each service its logins and starts it. */
  async start(): Promise<void> {
    const migrated = this.#run('db/main', { ...this.stores.env, NATS_URLS: this.natsUrls('migrate') })
    const [code] = await once(migrated, 'exit')
    if (code !== 0) throw new Error(`the stores were not migrated:\n${this.output.join('\n')}`)
    for (const service of SERVICES)
      await onPostgres(
        this.stores.env.DATABASE_URL,
        `create role ${this.#login(service)} login password '${this.#secret}' in role ${roleOf(service)}`,
      )
    const ports = await this.#front.listen(0, 0)
    this.http = `http://127.0.0.1:${ports.http}`
    this.gateway = `ws://127.0.0.1:${ports.gateway}`
    await Promise.all(SERVICES.map((service) => this.#startService(service)))
  }

  /** Ends what was started and removes it from the stores. */
  async dispose(): Promise<void> {
    await this.#front.close()
    await Promise.all(this.#services.map((child) => ended(child, 'SIGTERM')))
    if (this.#nats) await ended(this.#nats, 'SIGKILL')
    await this.stores.drop()
    for (const service of SERVICES)
      await onPostgres(process.env.DATABASE_URL as string, `drop role if exists ${this.#login(service)}`)
    await rm(this.#folder, { recursive: true })
  }

  databaseUrl(service: Service): string {
    const url = new URL(this.stores.env.DATABASE_URL)
    url.username = this.#login(service)
    url.password = this.#secret
    return url.href
  }

  natsUrls(user: NatsUser): string {
    return urlsOf(user, { namespace: this.namespace, servers: [this.#natsUrl], passwords: this.#passwords })
  }

  openNats(user: NatsUser, onTrouble: (error: unknown) => void = () => {}): Promise<Nats> {
    return openNats({ servers: [this.natsUrls(user)], name: 'guildhall tests', onTrouble })
  }

  #login(service: Service): string {
    return `${this.namespace}_${service}`
  }

  async #startNats(): Promise<void> {
    const port = await freePort()
    this.#natsUrl = `nats://127.0.0.1:${port}`
    const { namespace } = this
    const block = usersBlock({ namespace, servers: [this.#natsUrl], passwords: this.#passwords })
    const store = JSON.stringify(this.#folder)
    const file = path.join(this.#folder, 'nats.conf')
    await writeFile(
      file,
      `listen: 127.0.0.1:${port}\njetstream { store_dir: ${store}, max_file: 2GB }\n${block}`,
    )
    this.#nats = spawn(NATS_SERVER, ['-c', file], { stdio: 'ignore' })
    await eventually('nats-server listens', () => isListening(port))
  }

  async #startService(service: Service): Promise<void> {
    const child = this.#run(`services/${service}/main`, {
      ...this.stores.env,
      DATABASE_URL: this.databaseUrl(service),
      NATS_URLS: this.natsUrls(service),
      GUILDHALL_PUBLIC_URL: this.http,
      GUILDHALL_GATEWAY_URL: this.gateway,
      GUILDHALL_HTTP_PORT: '0',
      GUILDHALL_GATEWAY_PORT: '0',
      GUILDHALL_RATE_LIMITS: 'off',
      GUILDHALL_LOG_LEVEL: 'warn',
    })
    const [, , own = '', sockets] = await eventually(
      `${service} is ready`,
      () => {
        if (child.exitCode !== null) throw new Error(`${service} ended:\n${this.output.join('\n')}`)
        return this.output.map((line) => READY.exec(line)).find((found) => found?.[1] === service) ?? false
      },
      START_MS,
    )
    this.#backends.push({ service, port: Number(new URL(sockets ?? own).port), ready: true })
  }

  #run(module: string, env: Readonly<Record<string, string | undefined>>): ChildProcess {
    const program = GUILDHALL_BUILD
      ? [path.join(GUILDHALL_BUILD, `${module}.js`)]
      : ['--import', 'ts-blank-space/register', `${module}.ts`]
    const { GUILDHALL_BUILD: _, GUILDHALL_STACK_DIR: __, ...settings } = env
    const child = spawn(process.execPath, program, {
      cwd: ROOT,
      env: settings,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#services.push(child)
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream as NodeJS.ReadableStream }).on('line', (line) => this.output.push(line))
    return child
  }
}

async function ended(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}
