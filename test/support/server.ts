import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { sharedCluster, startClusterServer } from '#test/cluster/cluster-server.ts'
import type { TestServer } from './test-server.ts'

export type { TestServer } from './test-server.ts'

interface Options {
  /** Kept after the server is gone; left out: a new one that `stop` removes. */
  readonly dataDir?: string
  readonly env?: Readonly<Record<string, string>>
  /** Of a cluster: one that no other suite uses, since all of its rows are looked at or changed. */
  readonly own?: true
  /** What Node is started with; left out: the test run's build, or the sources where there is none. */
  readonly program?: readonly string[]
}

const ROOT = path.resolve(import.meta.dirname, '../..')
const { GUILDHALL_BUILD } = process.env
const PROGRAM = GUILDHALL_BUILD
  ? [path.join(GUILDHALL_BUILD, 'services/standalone/main.js')]
  : ['--import', 'ts-blank-space/register', 'services/standalone/main.ts']
const START_TIMEOUT_MS = 60_000

/**
 * The standalone server in a process of its own, on free ports. In runs of the cluster (test/vitest.cluster.config.ts)
 * the cluster that all suites share, or one with settings of its own.
 */
export async function startServer(options: Options = {}): Promise<TestServer> {
  const { dataDir, env = {}, program = PROGRAM } = options
  if (process.env.TEST_CLUSTER && dataDir === undefined)
    return options.env || options.own ? startClusterServer(env) : sharedCluster(process.env.TEST_CLUSTER)
  const folder = dataDir ?? (await mkdtemp(path.join(tmpdir(), 'guildhall-test-')))
  const child = spawn(process.execPath, program, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...withoutSettings(process.env),
      GUILDHALL_HTTP_PORT: '0',
      GUILDHALL_GATEWAY_PORT: '0',
      GUILDHALL_RATE_LIMITS: 'off',
      GUILDHALL_LOG_LEVEL: 'warn',
      GUILDHALL_DATA_DIR: folder,
      ...env,
    },
  })
  const output = collect(child)
  const exited = once(child, 'exit')
  await ready(child, output)
  const found = (name: string) => new RegExp(`${name}\\s+(\\S+)`).exec(output())?.[1] ?? ''
  const cleanUp = async () => {
    if (dataDir === undefined)
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
  return {
    http: found('REST and pages'),
    gateway: found('gateway'),
    dataDir: folder,
    pid: child.pid as number,
    output,
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
    async stop() {
      child.kill('SIGTERM')
      const [code] = (await exited) as [number | null]
      await cleanUp()
      return code
    },
  }
}

function collect(child: ChildProcess): () => string {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
  }
  return () => text
}

function ready(child: ChildProcess, output: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const give = (error?: Error) => {
      clearTimeout(timer)
      child.stderr?.off('data', look)
      child.off('exit', gone)
      if (error) reject(error)
      else resolve()
    }
    const look = () => {
      if (output().includes('Guildhall is ready.') && output().includes('Ctrl-C')) give()
    }
    const gone = (code: number | null) =>
      give(new Error(`the server ended with ${code} before it was ready:\n${output()}`))
    const timer = setTimeout(
      () => give(new Error(`the server was not ready in time:\n${output()}`)),
      START_TIMEOUT_MS,
    )
    child.stderr?.on('data', look)
    child.on('exit', gone)
  })
}

const withoutSettings = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([key]) => !key.startsWith('GUILDHALL_')))
