import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '#test/support/free-port.ts'
import { type EmbeddedPostgres, EmbeddedPostgresError, startEmbeddedPostgres } from './embedded-postgres.ts'

const isRoot = process.getuid?.() === 0
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const WATCHDOG = fileURLToPath(new URL('./postgres-watchdog.sh', import.meta.url))

let parent: string
/** Shared by the tests to which a first start is no matter. Whichever comes first makes the cluster. */
let folder: string
const started: EmbeddedPostgres[] = []
const servers: ChildProcess[] = []
const postmasters: number[] = []

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'guildhall postgres '))
  // Traversable, unlike what mkdtemp makes, so that a plain account can be told from a privileged one.
  await chmod(parent, 0o755)
  folder = join(parent, 'shared')
})

afterEach(async () => {
  for (const postgres of started.splice(0)) await postgres.stop()
  for (const server of servers.splice(0)) await kill(server)
  for (const pid of postmasters.splice(0)) {
    if (isAlive(pid)) process.kill(pid, 'SIGQUIT')
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false)
  }
})

afterAll(() => rm(parent, { recursive: true, force: true }))

describe('startEmbeddedPostgres', () => {
  test('makes a cluster that keeps its data over restarts, whatever the path', async () => {
    const home = join(parent, `it's "a" $path`, 'é'.repeat(100), 'x'.repeat(200), 'postgres')
    const heard: string[] = []
    const first = await start({ folder: home, log: (line) => heard.push(line) })
    expect(heard).toEqual(['Making a new database.'])
    expect(first.url).toMatch(/^postgres:\/\/guildhall:[\w-]{32}@127\.0\.0\.1:\d+\/guildhall$/)
    await query(first.url, 'create table kept as select 7 as number')
    await first.stop()
    await first.stop()
    await first.exited

    await truncate(join(home, 'postgres.log'), 5 << 20)
    const second = await start({ folder: home, log: (line) => heard.push(line) })
    expect(await query(second.url, 'select number from kept')).toEqual([{ number: 7 }])
    expect(heard).toHaveLength(1)
    expect((await readdir(home)).toSorted()).toEqual(['cluster', 'postgres.log', 'postgres.log.1'])
    expect((await stat(join(home, 'postgres.log'))).size).toBeLessThan(10_000)
  })

  test('is durable, listens on 127.0.0.1 alone, and lets in nobody without the password', async () => {
    const { url } = await start({ folder })
    const settings = ['fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses']
    settings.push('server_encoding', 'timezone', 'data_checksums')
    const selected = settings.map((name) => `current_setting('${name}') as ${name}`)
    expect(await query(url, `select ${selected}`)).toEqual([
      {
        fsync: 'on',
        synchronous_commit: 'on',
        full_page_writes: 'on',
        listen_addresses: '127.0.0.1',
        server_encoding: 'UTF8',
        timezone: 'UTC',
        data_checksums: 'on',
      },
    ])
    const lockFile = (await readFile(join(folder, 'cluster', 'postmaster.pid'), 'utf8')).split('\n')
    const [socketFolder, listenAddress] = lockFile.slice(4)
    expect([socketFolder, listenAddress]).toEqual(['', '127.0.0.1'])
    expect(await query(url, `select lower('ÀÉ') as low, 'B' < 'a' as by_code_point`)).toEqual([
      { low: 'àé', by_code_point: true },
    ])
    const role = 'select rolsuper, rolcreatedb from pg_roles where rolname = current_user'
    expect(await query(url, role)).toEqual([{ rolsuper: false, rolcreatedb: true }])
    const password = join(folder, 'cluster', 'guildhall.password')
    expect((await stat(password)).mode & 0o777).toBe(0o600)
    const wrong = new URL(url)
    wrong.password = 'wrong'
    await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed')
    wrong.username = 'postgres'
    await expect(query(wrong.href, 'select 1')).rejects.toThrow('no pg_hba.conf entry')
  })

  test('keeps what people write out of its log', async () => {
    const { url } = await start({ folder })
    await expect(query(url, `select 'secret'::int`)).rejects.toThrow('secret')
    expect(await readFile(join(folder, 'postgres.log'), 'utf8')).not.toContain('secret')
  })

  test('stops while connections are open', async () => {
    const postgres = await start({ folder })
    const client = await connect(postgres.url)
    client.on('error', () => {})
    const cut = expect(client.query('select pg_sleep(60)')).rejects.toThrow('terminating connection')
    await postgres.stop()
    await cut
  })

  test('asks for another port when the first is taken by then', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const ports = [(taken.address() as AddressInfo).port, await freePort()]
    const { url } = await start({ folder, findPort: async () => ports.shift() ?? 0 })
    taken.close()
    expect(ports).toEqual([])
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test('says why Postgres did not start', async () => {
    const home = join(parent, 'other version')
    await (await start({ folder: home })).stop()
    await writeFile(join(home, 'cluster', 'PG_VERSION'), '15\n')
    const error = await start({ folder: home }).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(EmbeddedPostgresError)
    expect(error).toMatchObject({
      code: 'did_not_start',
      message: expect.stringContaining('database files are incompatible with server'),
    })
  })

  test('an interrupted first start leaves nothing in the way', async () => {
    const home = join(parent, 'interrupted')
    const { server } = startServer(home)
    await expect.poll(() => staged(home), { timeout: 10_000, interval: 5 }).toHaveLength(1)
    await kill(server)
    const { url } = await start({ folder: home })
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(await staged(home)).toEqual([])
  })

  test('exited resolves when Postgres dies, and the next start finds what was committed', async () => {
    const postgres = await start({ folder })
    const client = await connect(postgres.url)
    client.on('error', () => {})
    await client.query('create table if not exists committed (number int)')
    await client.query('insert into committed values (1)')
    process.kill(await postmasterOf(folder), 'SIGKILL')
    await postgres.exited
    await postgres.stop()
    const next = await start({ folder })
    expect(await query(next.url, 'select * from committed')).toEqual([{ number: 1 }])
  })

  test('takes a living process that has the pid of a dead Postgres for what it is', async () => {
    const postgres = await start({ folder })
    process.kill(await postmasterOf(folder), 'SIGKILL')
    await postgres.exited
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore', ...(isRoot && (await ownerOf(folder))) })
    servers.push(stranger)
    const file = join(folder, 'cluster', 'postmaster.pid')
    await writeFile(file, (await readFile(file, 'utf8')).replace(/^\d+/, String(stranger.pid)))
    const next = await start({ folder })
    expect(await query(next.url, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(stranger.signalCode).toBe(null)
  })

  test('starts over a lock file that was cut off', async () => {
    await (await start({ folder })).stop()
    await writeFile(join(folder, 'cluster', 'postmaster.pid'), '')
    await start({ folder })
  })
})

describe('when the server is killed', () => {
  test('Postgres ends within five seconds, though other children of the server live on', async () => {
    const { server, ready } = startServer(folder)
    const { other } = await ready
    postmasters.push(other)
    const postmaster = await postmasterOf(folder)
    await kill(server)
    await expect.poll(() => isAlive(postmaster), { timeout: 5_000 }).toBe(false)
    expect(isAlive(other)).toBe(true)
    await expect.poll(() => watchdogsOf(postmaster), { timeout: 5_000 }).toEqual([])
    expect(existsSync(join(folder, 'cluster', 'postmaster.pid'))).toBe(false)
  })

  test('a second start right after it takes over', async () => {
    const { server, ready } = startServer(folder)
    await ready
    await kill(server)
    await start({ folder })
  })

  test('the next start ends a Postgres that was left because its watchdog was killed too', async ({
    skip,
  }) => {
    skip(process.platform !== 'linux', 'finds the watchdog in /proc')
    const { server, ready } = startServer(folder)
    await ready
    const postmaster = await postmasterOf(folder)
    postmasters.push(postmaster)
    const watchdogs = watchdogsOf(postmaster)
    expect(watchdogs).toHaveLength(1)
    for (const watchdog of watchdogs) process.kill(watchdog, 'SIGKILL')
    await kill(server)
    expect(isAlive(postmaster)).toBe(true)
    const heard: string[] = []
    const next = await start({ folder, log: (line) => heard.push(line) })
    expect(heard).toEqual([
      `Ending a Postgres (pid ${postmaster}) that an earlier server left running: SIGINT.`,
    ])
    expect(isAlive(postmaster)).toBe(false)
    expect(await query(next.url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test('the watchdog goes on to SIGQUIT, and does nothing when told that all is over', async () => {
    const script = `trap '' INT; echo ready; while :; do sleep 1; done`
    const stubborn = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] })
    servers.push(stubborn)
    await once(stubborn.stdout, 'data')
    for (const word of ['over\n', '']) {
      const watchdog = spawn('/bin/sh', [WATCHDOG, String(stubborn.pid)], {
        stdio: ['pipe', 'ignore', 'ignore'],
      })
      watchdog.stdin.end(word)
      await once(watchdog, 'exit')
      if (word !== '') expect(isAlive(stubborn.pid ?? 0)).toBe(true)
    }
    await expect.poll(() => stubborn.signalCode).toBe('SIGQUIT')
  })
})

test("a terminal's Ctrl-C reaches the server alone", async () => {
  const { server, ready } = startServer(folder)
  const { url } = await ready
  process.kill(-(server.pid ?? 0), 'SIGINT')
  await once(createInterface(server.stdout), 'line')
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(watchdogsOf(await postmasterOf(folder))).toHaveLength(process.platform === 'linux' ? 1 : 0)
  const postmaster = await postmasterOf(folder)
  await kill(server)
  await expect.poll(() => isAlive(postmaster), { timeout: 5_000 }).toBe(false)
})

describe('root', () => {
  test('runs Postgres as another account, which owns the cluster and nothing else', async ({ skip }) => {
    skip(!isRoot, 'needs root')
    await start({ folder })
    expect((await ownerOf(folder)).uid).not.toBe(0)
    expect(effective(await postmasterOf(folder), 'Uid')).toBe(String((await ownerOf(folder)).uid))
    expect(effective(await postmasterOf(folder), 'CapEff')).toBe('0000000000000000')
    for (const path of [folder, join(folder, 'postgres.log')]) expect((await stat(path)).uid).toBe(0)
  })

  test('can keep its data in a folder that only root can enter', async ({ skip }) => {
    skip(!isRoot, 'needs root')
    const locked = join(parent, 'private')
    await mkdir(locked, { mode: 0o700 })
    const home = join(locked, 'data', 'postgres')
    const first = await start({ folder: home })
    await query(first.url, 'create table kept as select 7 as number')
    await first.stop()
    // As after a restore from a copy.
    for (const path of await readdir(join(home, 'cluster'), { recursive: true }))
      await chown(join(home, 'cluster', path), 0, 0)
    await chown(join(home, 'cluster'), 0, 0)
    const { url } = await start({ folder: home })
    expect(await query(url, 'select number from kept')).toEqual([{ number: 7 }])
    expect((await ownerOf(home)).uid).not.toBe(0)
  })
})

test('an ordinary user runs Postgres as themselves', async ({ skip }) => {
  skip(!isRoot, 'the other tests show it when this is not root')
  const own = join(parent, 'own')
  await mkdir(own)
  await chown(own, 65534, 65534)
  const { server, ready } = startServer(join(own, 'data', 'postgres'), { uid: 65534, gid: 65534 })
  const { url } = await ready
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
  const postmaster = await postmasterOf(join(own, 'data', 'postgres'))
  expect(effective(postmaster, 'Uid')).toBe('65534')
  await kill(server)
  await expect.poll(() => isAlive(postmaster), { timeout: 5_000 }).toBe(false)
})

async function start(options: Parameters<typeof startEmbeddedPostgres>[0]) {
  const postgres = await startEmbeddedPostgres(options)
  started.push(postgres)
  return postgres
}

const SERVER = `
  import { spawn } from 'node:child_process'
  import { startEmbeddedPostgres } from '#services/standalone/embedded-postgres.ts'
  process.on('SIGINT', () => console.log('interrupted'))
  const { url } = await startEmbeddedPostgres({ folder: process.argv[1] })
  const other = spawn('sleep', ['60'], { stdio: 'ignore', detached: true })
  console.log(JSON.stringify({ url, other: other.pid }))`

/** A server in a process and group of its own, with another child beside Postgres. */
function startServer(home: string, account: { uid?: number; gid?: number } = {}) {
  const args = ['--import', 'ts-blank-space/register', '--input-type=module', '--eval', SERVER, home]
  const server = spawn(process.execPath, args, {
    ...account,
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  servers.push(server)
  const ready = once(createInterface(server.stdout), 'line').then(
    ([line]): { url: string; other: number } => {
      const said = JSON.parse(line)
      postmasters.push(said.other)
      return said
    },
  )
  return { server, ready }
}

async function kill(child: ChildProcess) {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = await connect(url)
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

const postmasterOf = async (home: string) =>
  Number.parseInt(await readFile(join(home, 'cluster', 'postmaster.pid'), 'utf8'), 10)

const ownerOf = (home: string) => stat(join(home, 'cluster')).then(({ uid, gid }) => ({ uid, gid }))

const staged = async (home: string) =>
  (await readdir(home).catch(() => [])).filter((name) => name.startsWith('initdb-'))

/** The effective value of a line of proc_pid_status(5). */
function effective(pid: number, key: string) {
  const line =
    readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`^${key}:\\s+(.*)$`, 'm'))?.[1] ?? ''
  const values = line.split(/\s+/)
  return values[1] ?? values[0]
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // Where nobody reaps orphans, they stay as zombies.
    return process.platform !== 'linux' || readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== ''
  } catch {
    return false
  }
}

function watchdogsOf(pid: number): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').endsWith(`\0${WATCHDOG}\0${pid}\0`)
      } catch {
        return false
      }
    })
    .map(Number)
}
