import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { type Backend, Front } from './front.ts'
import { inbox } from './inbox.ts'

export const SERVICES = ['api', 'auth', 'gateway', 'indexer', 'relay'] as const
export type Service = (typeof SERVICES)[number]

const ROOT = path.resolve(import.meta.dirname, '../..')
const START_MS = 120_000
/** After this a process that was told to stop is killed. */
const STOP_MS = 20_000
const HEALTH_MS = 250

interface Options {
  /** Where the stores are, and settings of the services. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Of each service. */
  readonly processes: number
  readonly httpPort: number
  readonly gatewayPort: number
  /** What the processes print. */
  readonly print: (line: string) => void
}

/** One process of a cluster. */
export interface Member extends Backend {
  readonly name: string
  readonly service: Service
  readonly child: ChildProcess
  /** Where its health is asked for. */
  readonly http: string
}

/** The services of Guildhall as processes of their own, behind a front. */
export class Cluster {
  readonly http: string
  readonly gateway: string
  readonly #options: Options
  readonly #front: Front
  readonly #env: Record<string, string | undefined>
  #members: Member[] = []
  #count = 0
  #watching: NodeJS.Timeout

  private constructor(options: Options, front: Front, ports: { http: number; gateway: number }) {
    this.#options = options
    this.#front = front
    this.http = `http://127.0.0.1:${ports.http}`
    this.gateway = `ws://127.0.0.1:${ports.gateway}`
    this.#env = {
      ...options.env,
      GUILDHALL_PUBLIC_URL: this.http,
      GUILDHALL_GATEWAY_URL: options.env.GUILDHALL_GATEWAY_URL ?? this.gateway,
      GUILDHALL_HOST: '127.0.0.1',
      GUILDHALL_HTTP_PORT: '0',
      GUILDHALL_GATEWAY_PORT: '0',
    }
    this.#watching = setInterval(() => void this.#watch(), HEALTH_MS)
  }

  /** Brings the stores up to date, then starts every process. @throws when one does not come up */
  static async start(options: Options): Promise<Cluster> {
    const members: { cluster?: Cluster } = {}
    const front = new Front(
      () => members.cluster?.members ?? [],
      () => inbox(options.env),
    )
    const ports = await front.listen(options.httpPort, options.gatewayPort)
    const cluster = new Cluster(options, front, ports)
    members.cluster = cluster
    try {
      await cluster.#migrate()
      await cluster.startAll()
      return cluster
    } catch (error) {
      await cluster.stop()
      throw error
    }
  }

  get members(): readonly Member[] {
    return this.#members
  }

  of(service: Service): Member[] {
    return this.#members.filter((member) => member.service === service)
  }

  /** One service after the other: ten processes that start at once starve each other, and their stores, for long. */
  async startAll(): Promise<void> {
    for (const service of SERVICES)
      await Promise.all(Array.from({ length: this.#options.processes }, () => this.add(service)))
  }

  /** One more process of a service. */
  async add(service: Service): Promise<Member> {
    const name = `${service}-${++this.#count}`
    const child = this.#run(name, `services/${service}/main`)
    const text: string[] = []
    const urls = await new Promise<{ http: string; gateway?: string }>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${name} did not come up:\n${text.join('\n')}`)),
        START_MS,
      )
      child.once('exit', (code) => reject(new Error(`${name} ended with ${code}:\n${text.join('\n')}`)))
      createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
        text.push(line)
        this.#options.print(`${name}: ${line}`)
        const [, http, gateway] = / is ready: (http:\S+?),?(?: gateway (\S+))?$/.exec(line) ?? []
        if (!http) return
        clearTimeout(timer)
        resolve({ http, ...(gateway && { gateway }) })
      })
    })
    const port = Number(new URL(urls.gateway ?? urls.http).port)
    const member: Member = { name, service, port, child, ready: true, http: urls.http }
    this.#members.push(member)
    child.once('exit', () => {
      this.#members = this.#members.filter((other) => other !== member)
    })
    return member
  }

  /** kill -9. */
  async kill(member: Member): Promise<void> {
    member.ready = false
    member.child.kill('SIGKILL')
    if (member.child.exitCode === null && member.child.signalCode === null) await once(member.child, 'exit')
  }

  /** SIGTERM. @returns the exit code */
  async end(member: Member): Promise<number | null> {
    const { child } = member
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await once(child, 'exit')
    clearTimeout(timer)
    return child.exitCode
  }

  /** kill -9 for every process, at once. */
  async killAll(): Promise<void> {
    await Promise.all(this.#members.map((member) => this.kill(member)))
  }

  /** SIGTERM for every process. @returns their exit codes */
  endAll(): Promise<(number | null)[]> {
    return Promise.all(this.#members.map((member) => this.end(member)))
  }

  async stop(): Promise<void> {
    await this.endAll()
    clearInterval(this.#watching)
    await this.#front.close()
  }

  /** Who does not answer that it is ready gets nothing new. */
  async #watch(): Promise<void> {
    await Promise.all(
      this.#members.map(async (member) => {
        const answer = await fetch(`${member.http}/health/ready`, {
          signal: AbortSignal.timeout(2_000),
        }).catch(() => null)
        member.ready = answer?.status === 200
      }),
    )
  }

  async #migrate(): Promise<void> {
    const child = this.#run('migrate', 'db/main')
    const text: string[] = []
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream as NodeJS.ReadableStream }).on('line', (line) => {
        text.push(line)
        this.#options.print(`migrate: ${line}`)
      })
    const [code] = await once(child, 'exit')
    if (code !== 0) throw new Error(`the stores were not migrated:\n${text.join('\n')}`)
  }

  #run(name: string, module: string): ChildProcess {
    const { GUILDHALL_BUILD: build, ...env } = this.#env
    const program = build
      ? [path.join(build, `${module}.js`)]
      : ['--import', 'ts-blank-space/register', `${module}.ts`]
    const child = spawn(process.execPath, program, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
    if (name !== 'migrate')
      createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) =>
        this.#options.print(`${name}: ${line}`),
      )
    return child
  }
}
