import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import {
  access,
  chown,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { systemClock as clock } from '#shared/kernel/clock.ts'
import {
  failureOf,
  type NativePostgres,
  type NativePostgresError,
  openNativePostgres,
} from './native-postgres.ts'

export interface EmbeddedPostgres {
  /** postgres://user:password@127.0.0.1:port/guildhall; the user owns that database and may create others. */
  readonly url: string
  /** Resolves when Postgres has ended, for whatever reason. */
  readonly exited: Promise<void>
  /** Ends Postgres in order: open transactions are rolled back, everything committed is in the tables. */
  stop(): Promise<void>
}

/** A problem that a person can mend; the message tells how, or has the end of Postgres' own log. */
export class EmbeddedPostgresError extends Error {
  readonly code: NativePostgresError['code'] | 'did_not_start'

  constructor(code: EmbeddedPostgresError['code'], message: string) {
    super(message)
    this.code = code
  }
}

export interface EmbeddedPostgresOptions {
  /** For all that Postgres keeps; made if missing. The caller holds the lock of the data folder around it. */
  readonly folder: string
  /** Hears, in words, of what takes time or is unusual. */
  readonly log?: (line: string) => void
  /** Finds a free port of 127.0.0.1; asked again when that is taken by the time Postgres wants it. */
  readonly findPort?: () => Promise<number>
}

/**
 * Starts the Postgres of a data folder, and makes its cluster first if there is none. When this process is
 * killed, Postgres ends within seconds; if it is left over all the same, the next start ends it.
 *
 * @throws EmbeddedPostgresError
 */
export async function startEmbeddedPostgres({
  folder,
  log = () => {},
  findPort = findFreePort,
}: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  // A build that left it out would go unnoticed until the day it is needed.
  await access(WATCHDOG)
  await mkdir(folder, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
  const home = await realpath(folder)
  const cluster = join(home, 'cluster')
  const native = await openNativePostgres(home, cluster)
  if (!native.ok) throw new EmbeddedPostgresError(native.error.code, native.error.message)
  await endLeftOver(cluster, log)
  if (existsSync(cluster)) await adopt(native.value, cluster)
  else await createCluster(native.value, home, cluster, log)
  const password = await readFile(join(cluster, PASSWORD), 'utf8')
  const { child, exited, port } = await launch(native.value, home, cluster, findPort)
  let stopped: Promise<void> | undefined
  return {
    url: `postgres://guildhall:${password}@127.0.0.1:${port}/guildhall`,
    exited,
    stop: () => (stopped ??= stop(child, exited)),
  }
}

const PASSWORD = 'guildhall.password'
const STAGING = 'initdb-'
const WATCHDOG = fileURLToPath(new URL('./postgres-watchdog.sh', import.meta.url))
const LARGEST_LOG = 4 << 20

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '60',
  shared_buffers: '128MB',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  // The default kind is lost when the user logs out (logind's RemoveIPC) and scarce in containers.
  dynamic_shared_memory_type: 'mmap',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Errors of statements go to who sent them. Here they would fill the disk, and quote what people wrote.
  log_min_messages: 'log',
  log_checkpoints: 'off',
}

async function stop(child: ChildProcess, exited: Promise<void>): Promise<void> {
  child.kill('SIGINT')
  if (await endsWithin(exited, 10_000)) return
  child.kill('SIGQUIT')
  await exited
}

/**
 * A cluster appears under its name only when it is complete, so that one that was interrupted leaves
 * nothing but a folder to throw away.
 */
async function createCluster(
  native: NativePostgres,
  home: string,
  cluster: string,
  log: (line: string) => void,
) {
  log('Making a new database.')
  for (const name of await readdir(home))
    if (name.startsWith(STAGING))
      // Its initdb may be ending at this moment.
      await rm(join(home, name), { recursive: true, force: true, maxRetries: 9, retryDelay: 100 })
  const staging = await mkdtemp(join(home, STAGING))
  if (native.account) await chown(staging, native.account.uid, native.account.gid)
  const succeed = async (program: 'initdb' | 'postgres', args: string[], input: string) => {
    const child = native.spawn(program, args, ['pipe', 'pipe', 'pipe'])
    child.stdin?.on('error', () => {}).end(input)
    const [failure] = await Promise.all([failureOf(child), watch(child)])
    if (failure !== undefined)
      throw new EmbeddedPostgresError('did_not_start', `A new database could not be made: ${failure}`)
  }
  // The builtin locale knows case beyond ASCII, orders by code point, and is the same on every platform.
  const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const logins = ['--username=postgres', '--auth=reject']
  await succeed('initdb', ['-D', staging, '--encoding=UTF8', ...locale, ...logins, '--no-instructions'], '')
  const password = randomBytes(24).toString('base64url')
  await writeFile(join(staging, PASSWORD), password, { mode: 0o600, flush: true })
  await writeFile(join(staging, 'pg_hba.conf'), 'host all guildhall 127.0.0.1/32 scram-sha-256\n', {
    flush: true,
  })
  await succeed(
    'postgres',
    ['--single', '-D', staging, '-c', 'exit_on_error=on', 'postgres'],
    `CREATE ROLE guildhall LOGIN CREATEDB PASSWORD '${password}'\n` +
      'CREATE DATABASE guildhall OWNER guildhall\n',
  )
  await rename(staging, cluster)
  const directory = await open(home)
  await directory.sync()
  await directory.close()
}

/** A cluster that root restored from a copy is root's, and Postgres takes only its own account's. */
async function adopt({ account }: NativePostgres, cluster: string) {
  if (account === undefined || (await stat(cluster)).uid === account.uid) return
  await promisify(execFile)('chown', ['-Rh', `${account.uid}:${account.gid}`, cluster])
}

async function launch(
  native: NativePostgres,
  home: string,
  cluster: string,
  findPort: () => Promise<number>,
) {
  for (let attempt = 1; ; attempt++) {
    const port = await findPort()
    const settings = Object.entries({ ...SETTINGS, port }).flatMap(([key, value]) => [
      '-c',
      `${key}=${value}`,
    ])
    const log = await openLog(join(home, 'postgres.log'))
    const { size } = await log.stat()
    const child = native.spawn('postgres', ['-D', cluster, ...settings], ['ignore', log.fd, log.fd])
    const exited = watch(child)
    await log.close()
    do if (await isReady(cluster, child.pid)) return { child, exited, port }
    while (!(await endsWithin(exited, 20)))
    const said = (await readFile(join(home, 'postgres.log'))).subarray(size).toString()
    // Backends whose postmaster was killed need a moment to notice, and may write until then.
    const orphans = said.includes('pre-existing shared memory block')
    const portTaken = said.includes('could not create any TCP/IP sockets')
    if (attempt === 50 || !(orphans || portTaken))
      throw new EmbeddedPostgresError('did_not_start', `Postgres did not start:\n${said.slice(-2000)}`)
    if (orphans) await clock.sleep(200)
  }
}

/** Statuses are in the last line of Postgres' lock file, as pg_ctl reads them. */
async function isReady(cluster: string, pid: number | undefined): Promise<boolean> {
  const lines = (await readPidFile(cluster))?.split('\n') ?? []
  return Number(lines[0]) === pid && lines[7]?.startsWith('ready') === true
}

/** Keeps this file and one before it. */
async function openLog(path: string) {
  const size = await stat(path).then(
    (file) => file.size,
    () => 0,
  )
  if (size > LARGEST_LOG) await rename(path, `${path}.1`)
  return open(path, 'a', 0o600)
}

/** Has a process ended when this one is killed. Resolves when it has ended, for whatever reason. */
function watch(child: ChildProcess): Promise<void> {
  const watchdog = spawn('/bin/sh', [WATCHDOG, String(child.pid)], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watchdog.stdin.on('error', () => {})
  return new Promise((resolve) => {
    const over = () => {
      watchdog.stdin.end('over\n')
      resolve()
    }
    child.once('exit', over).once('error', over)
  })
}

/** Ends the Postgres that an earlier server left running on this cluster, and clears its lock file. */
async function endLeftOver(cluster: string, log: (line: string) => void) {
  const pid = Number.parseInt((await readPidFile(cluster)) ?? '', 10)
  for (const [signal, patience] of [
    ['SIGINT', 5_000],
    ['SIGQUIT', 10_000],
  ] as const) {
    if (!(await isPostmaster(pid, cluster))) break
    log(`Ending a Postgres (pid ${pid}) that an earlier server left running: ${signal}.`)
    process.kill(pid, signal)
    const deadline = clock.monotonic() + patience
    while (clock.monotonic() < deadline && (await isPostmaster(pid, cluster))) await clock.sleep(50)
  }
  if (await isPostmaster(pid, cluster))
    throw new EmbeddedPostgresError(
      'did_not_start',
      `A Postgres of ${cluster} does not end: end process ${pid}.`,
    )
  const left = await readPidFile(cluster)
  if (left === undefined) return
  const file = join(cluster, 'postmaster.pid')
  // Postgres takes any living process of this pid for its predecessor, except the one that starts it. The
  // rest of the file stays, since by it Postgres finds out whether backends of its predecessor are still at
  // work.
  if (pid > 0) await writeFile(file, left.replace(/^\d+/, String(process.pid)))
  // Cut off while it was written: Postgres would refuse to start.
  else if (Number.isNaN(pid)) await rm(file)
}

const readPidFile = (cluster: string): Promise<string | undefined> =>
  readFile(join(cluster, 'postmaster.pid'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })

/** Is this process the Postgres of this cluster? The pid may have gone to another program. */
async function isPostmaster(pid: number, cluster: string): Promise<boolean> {
  const command =
    process.platform === 'linux'
      ? readFile(`/proc/${pid}/cmdline`, 'utf8').then((words) => words.replaceAll('\0', ' '))
      : promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).then(({ stdout }) => stdout)
  return (await command.catch(() => '')).includes(`/bin/postgres -D ${cluster} -c `)
}

async function endsWithin(ended: Promise<void>, ms: number): Promise<boolean> {
  const waiting = new AbortController()
  const first = await Promise.race([
    ended.then(() => true),
    clock.sleep(ms, waiting.signal).then(() => false),
  ])
  waiting.abort()
  return first
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
