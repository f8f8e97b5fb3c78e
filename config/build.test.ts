import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { build } from './build.ts'

let root: string
let out: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'guildhall-build-'))
  out = join(root, 'dist')
  await plant('package.json', JSON.stringify(manifest))
})

afterEach(() => rm(root, { recursive: true }))

const manifest = {
  name: 'planted',
  version: '1.2.3',
  type: 'module',
  imports: { '#shared/*': './shared/*', '#test/*': './test/*' },
  dependencies: { pg: '8.23.0', typescript: '6.0.3' },
  devDependencies: { vitest: '4.1.12' },
}

async function plant(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true })
  await writeFile(join(root, file), text)
}

const builds = () => build(root, out, () => {})

test('the outcome runs without the tools of the build', async () => {
  await plant('shared/kernel/greeting.ts', "export const greeting: string = 'hello'\n")
  await plant('shared/kernel/greeting.test.ts', "import { test } from 'vitest'\n")
  await plant('db/postgres/001.sql', 'select 1')
  await plant('web/index.html', '<p>')
  await plant(
    'services/standalone/main.ts',
    `import { readFileSync } from 'node:fs'
import type { Pool } from 'pg'
import { greeting } from '#shared/kernel/greeting.ts'
export { greeting as other } from "../../shared/kernel/greeting.ts"
const query: string = readFileSync(new URL('../../db/postgres/001.sql', import.meta.url), 'utf8')
const later = (await import('./later.ts')).later satisfies string
console.log(greeting, 'from ./main.ts', query, later, undefined as Pool | undefined)
`,
  )
  await plant('services/standalone/later.ts', "export const later = 'later' as const\n")
  expect(await builds()).toEqual([])

  const { stdout, stderr } = spawnSync(process.execPath, [join(out, 'services/standalone/main.js')], {
    encoding: 'utf8',
    env: {},
  })
  expect(stderr).toBe('')
  expect(stdout).toBe('hello from ./main.ts select 1 later undefined\n')
  expect(existsSync(join(out, 'web/index.html'))).toBe(true)
  expect(existsSync(join(out, 'shared/kernel/greeting.test.js'))).toBe(false)
  expect(JSON.parse(await readFile(join(out, 'package.json'), 'utf8'))).toEqual({
    name: 'planted',
    version: '1.2.3',
    private: true,
    type: 'module',
    imports: { '#shared/*': './shared/*' },
    dependencies: { pg: '8.23.0' },
  })
})

test('planted imports of what is not shipped are found', async () => {
  await plant(
    'services/standalone/main.ts',
    `import './missing.ts'
import '#shared/missing.ts'
import '#test/support/database.ts'
import 'vitest'
import 'typescript'
import 'pg'
import 'node:fs'
export const query = new URL('./missing.sql', import.meta.url)
export enum Size { Small }
`,
  )
  const file = 'services/standalone/main'
  expect(await builds()).toEqual([
    `${file}.ts: EnumDeclaration is more than a type`,
    `${file}.js: ./missing.js is not there`,
    `${file}.js: #shared/missing.js is not there`,
    `${file}.js: #test/support/database.js is not there`,
    `${file}.js: vitest is not there`,
    `${file}.js: typescript is not there`,
    `${file}.js: ./missing.sql is not there`,
  ])
})

test('a build replaces what an earlier one left, and nothing else', async () => {
  await plant('shared/old.ts', '')
  await builds()
  await rm(join(root, 'shared/old.ts'))
  await plant('shared/new.ts', '')
  await plant('dist/data/cluster', 'precious')
  expect(await builds()).toEqual([])
  expect(existsSync(join(out, 'shared/old.js'))).toBe(false)
  expect(existsSync(join(out, 'shared/new.js'))).toBe(true)
  expect(existsSync(join(out, 'data/cluster'))).toBe(true)
})
