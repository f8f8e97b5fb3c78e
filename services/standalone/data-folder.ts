import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, rmdir, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { err, ok, type Result } from '#shared/kernel/result.ts'

export type DataFolderError =
  | { readonly code: 'in_use'; readonly pid: number; readonly message: string }
  | { readonly code: 'not_a_folder' | 'not_writable'; readonly message: string }

/**
 * Makes the folder if it is missing and claims it for this process, until the claim is disposed of. A claim
 * whose process has ended, however it ended, does not count.
 *
 * The lock is a folder that holds one empty file named after its holder. Each step of taking it is safe
 * whoever else is at it: a stale holder is removed by its own name, so never a newer one; and a folder can
 * be renamed over an empty folder only, so that one of several wins.
 */
export async function lockDataFolder(folder: string): Promise<Result<AsyncDisposable, DataFolderError>> {
  try {
    // Root's Postgres runs under another account, which has to pass through.
    await mkdir(folder, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
    return await claim(folder)
  } catch (cause) {
    if (isErrno(cause, ['EEXIST', 'ENOTDIR'])) return refuse('not_a_folder', `${folder} is not a folder.`)
    if (isErrno(cause, ['EACCES', 'EPERM', 'EROFS']))
      return refuse('not_writable', `${folder} is not writable.`)
    throw new Error(`${folder} cannot be locked`, { cause })
  }
}

const refuse = (code: 'not_a_folder' | 'not_writable', problem: string) =>
  err({ code, message: `${problem} Set GUILDHALL_DATA_DIR to a folder that this user can write to.` })

async function claim(folder: string): Promise<Result<AsyncDisposable, DataFolderError>> {
  const lock = join(folder, 'lock')
  const me = await identify(process.pid)
  if (me === undefined) throw new Error('this process cannot be identified')
  const claimed = await mkdtemp(`${lock}-`)
  try {
    await writeFile(join(claimed, me), '')
    while (!(await moveOver(claimed, lock))) {
      for (const holder of (await ignoring(['ENOENT'], readdir(lock))) ?? []) {
        const pid = Number.parseInt(holder, 10)
        if ((await identify(pid)) === holder) return err(inUse(folder, pid))
        await ignoring(['ENOENT'], unlink(join(lock, holder)))
      }
    }
  } finally {
    await rm(claimed, { recursive: true, force: true })
  }
  let released: Promise<void> | undefined
  return ok({ [Symbol.asyncDispose]: () => (released ??= release(lock, me)) })
}

const inUse = (folder: string, pid: number): DataFolderError => ({
  code: 'in_use',
  pid,
  message:
    `${folder} is in use by another guildhall (pid ${pid}). ` +
    'Stop it, or set GUILDHALL_DATA_DIR to another folder.',
})

async function moveOver(from: string, to: string): Promise<boolean> {
  const moved = rename(from, to).then(() => true)
  return (await ignoring(['ENOTEMPTY', 'EEXIST'], moved)) ?? false
}

async function release(lock: string, holder: string): Promise<void> {
  await ignoring(['ENOENT'], unlink(join(lock, holder)))
  // When it is not empty, another process has claimed it already.
  await ignoring(['ENOENT', 'ENOTEMPTY', 'EEXIST'], rmdir(lock))
}

async function ignoring<T>(codes: readonly string[], outcome: Promise<T>): Promise<T | undefined> {
  try {
    return await outcome
  } catch (error) {
    if (isErrno(error, codes)) return undefined
    throw error
  }
}

const isErrno = (error: unknown, codes: readonly string[]) =>
  codes.includes((error as NodeJS.ErrnoException).code ?? '')

/**
 * A name that no other process ever has: `<pid>-<start>`, since pids come round again. Undefined when there
 * is no such process, or only its zombie.
 */
async function identify(pid: number): Promise<string | undefined> {
  const start = process.platform === 'linux' ? await startOnLinux(pid) : await startByPs(pid)
  return start && `${pid}-${start.trim().replaceAll(/\W+/g, '_')}`
}

/** Ticks from the boot to the start of the process, and the boot's id: proc_pid_stat(5), field 22. */
async function startOnLinux(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // Field 2, in parentheses, is a name that may contain spaces and parentheses; field 3 is the state.
  const fromState = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fromState === undefined || fromState[0] === 'Z') return undefined
  return `${fromState[22 - 3]} ${await readFile('/proc/sys/kernel/random/boot_id', 'utf8')}`
}

async function startByPs(pid: number): Promise<string | undefined> {
  const options = { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC0' } }
  const ps = promisify(execFile)('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], options)
  const { stdout } = await ps.catch(() => ({ stdout: '' }))
  const [state, ...start] = stdout.trim().split(/\s+/)
  return !state || state.startsWith('Z') ? undefined : start.join(' ')
}
