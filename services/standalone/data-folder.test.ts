import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type DataFolderError, lockDataFolder } from './data-folder.ts'

const isRoot = process.getuid?.() === 0
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

let parent: string
let folder: string
const children: ChildProcess[] = []

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'guildhall lock '))
  folder = join(parent, 'a', 'data')
})

afterEach(async () => {
  for (const child of children.splice(0)) await kill(child)
  await rm(parent, { recursive: true, force: true })
})

describe('lockDataFolder', () => {
  test('makes the folder, refuses a second claim, and is free again when disposed of', async () => {
    const first = await lockDataFolder(folder)
    expect((await stat(folder)).mode & 0o777).toBe(isRoot ? 0o711 : 0o700)
    expect(await errorOf(lockDataFolder(folder))).toEqual({
      code: 'in_use',
      pid: process.pid,
      message:
        `${folder} is in use by another guildhall (pid ${process.pid}). ` +
        'Stop it, or set GUILDHALL_DATA_DIR to another folder.',
    })
    if (!first.ok) throw new Error(first.error.message)
    await first.value[Symbol.asyncDispose]()
    await first.value[Symbol.asyncDispose]()
    expect(await readdir(folder)).toEqual([])
    const second = await lockDataFolder(folder)
    expect(second.ok).toBe(true)
    // Disposing of an old claim does not end a newer one.
    await first.value[Symbol.asyncDispose]()
    expect((await errorOf(lockDataFolder(folder)))?.code).toBe('in_use')
  })

  test('is refused while another process holds it, and does not outlive that process', async () => {
    const other = startLocker()
    expect(await other.outcome).toBe('locked')
    expect(await errorOf(lockDataFolder(folder))).toMatchObject({ code: 'in_use', pid: other.process.pid })
    await kill(other.process)
    expect((await lockDataFolder(folder)).ok).toBe(true)
  })

  test('one of several that start at the same moment over a stale lock gets it', async () => {
    await leaveStaleLock()
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => startLocker().outcome))
    expect(outcomes.toSorted()).toEqual(['in_use', 'in_use', 'in_use', 'locked'])
    expect(await readdir(folder)).toEqual(['lock'])
    expect(await readdir(join(folder, 'lock'))).toHaveLength(1)
  })

  test('claims within one process exclude each other too', async () => {
    for (let round = 0; round < 50; round++) {
      const claims = await Promise.all([1, 2, 3, 4].map(() => lockDataFolder(folder)))
      const won = claims.filter((claim) => claim.ok)
      expect(won).toHaveLength(1)
      for (const claim of won) await claim.value[Symbol.asyncDispose]()
    }
  })

  test('a process that has the pid of a former holder does not count as the holder', async () => {
    await leaveStaleLock()
    expect((await lockDataFolder(folder)).ok).toBe(true)
    expect(await readdir(join(folder, 'lock'))).toHaveLength(1)
  })

  test('a zombie does not count as a holder', async ({ skip }) => {
    skip(process.platform !== 'linux', 'reads /proc')
    // The shell becomes a program that never waits for its children.
    const shell = ['/bin/sh', '-c', '"$@" & exec sleep 60', 'sh']
    expect(await startLocker({}, shell).outcome).toBe('locked')
    const holder = (await errorOf(lockDataFolder(folder))) as Extract<DataFolderError, { code: 'in_use' }>
    process.kill(holder.pid, 'SIGKILL')
    await expect.poll(async () => (await lockDataFolder(folder)).ok).toBe(true)
    expect(() => process.kill(holder.pid, 0)).not.toThrow()
  })

  test('says so when the path is a file, or below one', async () => {
    const file = join(parent, 'file')
    await writeFile(file, '')
    for (const path of [file, join(file, 'data')])
      expect(await errorOf(lockDataFolder(path))).toEqual({
        code: 'not_a_folder',
        message: `${path} is not a folder. Set GUILDHALL_DATA_DIR to a folder that this user can write to.`,
      })
  })

  test('says so when the folder is not writable', async () => {
    await mkdir(folder, { recursive: true })
    await chmod(parent, 0o755)
    await chmod(folder, 0o555)
    // Root may write anywhere.
    const other = startLocker(isRoot ? { uid: 65534, gid: 65534 } : {})
    expect(await other.outcome).toBe('not_writable')
  })
})

const LOCKER = ['--import', 'ts-blank-space/register', '--input-type=module', '--eval']
LOCKER.push(`
  import { lockDataFolder } from '#services/standalone/data-folder.ts'
  const lock = await lockDataFolder(process.argv[1])
  console.log(lock.ok ? 'locked' : lock.error.code)
  setInterval(() => {}, 1000)
`)

/** A process that tries to lock the folder, then stays. */
function startLocker(account: { uid?: number; gid?: number } = {}, within: readonly string[] = []) {
  const [command = '', ...args] = [...within, process.execPath, ...LOCKER, folder]
  const child = spawn(command, args, {
    ...account,
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  return { process: child, outcome: once(createInterface(child.stdout), 'line').then(([line]) => line) }
}

async function leaveStaleLock() {
  await mkdir(join(folder, 'lock'), { recursive: true })
  await writeFile(join(folder, 'lock', `${process.pid}-12345_another_boot`), '')
}

async function kill(child: ChildProcess) {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function errorOf(outcome: ReturnType<typeof lockDataFolder>) {
  const result = await outcome
  return result.ok ? undefined : result.error
}
