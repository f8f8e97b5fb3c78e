import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { postgresPid } from '#test/support/embedded-database.ts'
import { GatewayClient } from '#test/support/gateway-client.ts'
import { newGuild, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

// Several starts of a server in one test.
vi.setConfig({ testTimeout: 60_000 })

const ROOT = path.resolve(import.meta.dirname, '../..')

let dataDir: string
let running: TestServer | undefined

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'guildhall-test-'))
})
afterEach(async () => {
  await running?.kill()
  running = undefined
})
afterAll(async () => {
  await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 })
})

async function start(env: Record<string, string> = {}): Promise<TestServer> {
  running = await startServer({ dataDir, env })
  return running
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Within the 5 s that are promised. */
const gone = (pid: number) => expect.poll(() => isAlive(pid), { timeout: 5_000, interval: 20 }).toBe(false)

/** What was answered is there, whatever happened to the process since. */
let kept: { token: string; general: string; contents: string[] }

async function expectKept({ http }: TestServer): Promise<void> {
  const response = await fetch(`${http}/api/v10/channels/${kept.general}/messages?limit=100`, {
    headers: { authorization: kept.token },
  })
  const messages = (await response.json()) as { content: string }[]
  const contents = messages.map(({ content }) => content).filter((content) => content !== '')
  for (const content of kept.contents)
    expect(contents.filter((other) => other === content)).toEqual([content])
}

test('a second start on the same folder is refused and changes nothing; SIGTERM finishes what is under way', async () => {
  const server = await start()
  expect(server.output()).toContain(dataDir)
  expect((await fetch(`${server.http}/health/ready`)).status).toBe(200)
  const ada: Person = await newPerson(server.http, 'ada')
  const { general } = await newGuild(ada)
  kept = { token: ada.token, general, contents: [] }
  const say = async (content: string) => {
    const { status } = await ada.request('POST', `/channels/${general}/messages`, { content })
    if (status === 200) kept.contents.push(content)
    return status
  }
  expect(await say('before')).toBe(200)

  await expect(startServer({ dataDir })).rejects.toThrow(
    new RegExp(`ended with 1 [^]*${dataDir} is in use by another guildhall \\(pid ${server.pid}\\)`),
  )
  expect(await say('after the second start')).toBe(200)

  const client = await GatewayClient.open(server.gateway)
  await client.identify(ada.token)
  const postgres = await postgresPid(dataDir)
  // Browsers connect before they have anything to ask.
  const silent = connect(Number(new URL(server.http).port), '127.0.0.1').on('error', () => {})
  await once(silent, 'connect')
  const underWay = Promise.allSettled(Array.from({ length: 30 }, (_, n) => say(`under way ${n}`)))
  await client.until(({ t }) => t === 'MESSAGE_CREATE')
  expect(await server.stop()).toBe(0)
  await underWay
  expect((await client.closed).code).not.toBe(1000)
  expect(isAlive(postgres)).toBe(false)
  expect(existsSync(path.join(dataDir, 'lock'))).toBe(false)
})

describe('a port that is taken', () => {
  let squatter: Server
  let port: string
  beforeAll(async () => {
    squatter = createServer().listen(0, '127.0.0.1')
    await once(squatter, 'listening')
    port = String((squatter.address() as AddressInfo).port)
  })
  afterAll(() => squatter.close())

  test.each(['GUILDHALL_HTTP_PORT', 'GUILDHALL_GATEWAY_PORT'])(
    '%s: the start ends with a clear message, and leaves nothing behind',
    async (setting) => {
      await expect(start({ [setting]: port })).rejects.toThrow(
        new RegExp(`ended with 1 [^]*guildhall cannot start:\\n.*\\b${port}\\b`),
      )
      // Postgres ended in order: it has taken its lock file with it.
      await expect(postgresPid(dataDir)).rejects.toThrow('ENOENT')
      expect(existsSync(path.join(dataDir, 'lock'))).toBe(false)
    },
  )
})

test('npm start without a terminal; SIGINT, as Ctrl-C sends it, stops everything', async () => {
  const settings = Object.entries(process.env).filter(([key]) => !key.startsWith('GUILDHALL_'))
  // A group and session of its own: no terminal belongs to it.
  const npm = spawn('npm', ['start'], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...Object.fromEntries(settings),
      GUILDHALL_DATA_DIR: dataDir,
      GUILDHALL_HTTP_PORT: '0',
      GUILDHALL_GATEWAY_PORT: '0',
    },
  })
  const output = outputOf(npm)
  const exited = once(npm, 'exit')
  try {
    await expect.poll(output, { timeout: 30_000 }).toContain('Ctrl-C stops the server')
    const http = /REST and pages +(\S+)/.exec(output())?.[1] as string
    await expectKept({ http } as TestServer)
    const postgres = await postgresPid(dataDir)
    process.kill(-(npm.pid as number), 'SIGINT')
    await exited
    await gone(postgres)
    await expect.poll(output).toContain('stopped')
    expect(existsSync(path.join(dataDir, 'lock'))).toBe(false)
  } finally {
    if (npm.exitCode === null && npm.signalCode === null) process.kill(-(npm.pid as number), 'SIGKILL')
  }
})

test('[LOG-10] kill -9: Postgres ends within 5 s, and the next start has everything', async () => {
  const first = await start()
  await expectKept(first)
  const postgres = await postgresPid(dataDir)
  await first.kill()
  await gone(postgres)
  await expectKept(await start())
})

describe('settings that cannot be', () => {
  test('all are told at once, by name and never by value', async () => {
    const refused = start({
      GUILDHALL_HTTP_PROT: 'planted',
      GUILDHALL_HTTP_PORT: 'planted',
      GUILDHALL_RATE_LIMITS: 'planted',
    }).catch(String)
    const told = await refused
    expect(told).toContain('ended with 1 ')
    expect(told).toContain('GUILDHALL_HTTP_PROT is no setting; did you mean GUILDHALL_HTTP_PORT?')
    expect(told).toContain('GUILDHALL_HTTP_PORT must be a port, 0 to 65535')
    expect(told).toMatch(/GUILDHALL_RATE_LIMITS must be/)
    expect(told).not.toContain('planted')
  })

  test('a data folder that is a file', async () => {
    const file = path.join(dataDir, 'file')
    await writeFile(file, '')
    await expect(startServer({ dataDir: file })).rejects.toThrow(
      /ended with 1 [\s\S]*file is not a folder\. Set GUILDHALL_DATA_DIR/,
    )
  })
})

function outputOf(child: ChildProcess): () => string {
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
  return () => text
}
