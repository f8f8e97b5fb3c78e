import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { architecture, lint, type Planted, types } from './planted.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'guildhall-planted-'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const file of ['package.json', 'config/biome.json']) cpSync(join(root, file), join(folder, file))
})

afterEach(() => rmSync(folder, { recursive: true }))

/** Runs `command` with node in a folder that has these files. Answers `file: rule` for each problem in its output. */
function check(planted: Planted[], command: string[], problem: RegExp) {
  for (const { file, text } of planted) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: folder, encoding: 'utf8' })
  const found = [...stdout.replaceAll(`${folder}/`, '').matchAll(problem)].map(
    ({ groups }) => `${groups?.file}: ${groups?.rule}`,
  )
  return { status, found: [...new Set(found)].sort(), output: stdout + stderr }
}

const expected = (planted: Planted[]) =>
  planted
    .filter(({ breaks }) => breaks)
    .map(({ file, breaks }) => `${file}: ${breaks}`)
    .sort()

const cases = [
  {
    name: 'lint',
    clean: lint.filter(({ breaks }) => !breaks),
    all: lint,
    command: [
      join(root, 'node_modules/@biomejs/biome/bin/biome'),
      'check',
      '--config-path=config/biome.json',
      '--error-on-warnings',
      '--reporter=github',
      '.',
    ],
    problem: /^::\w+ title=(?<rule>[^,]+),file=(?<file>[^,]+)/gm,
  },
  {
    name: 'types',
    clean: types.filter(({ breaks }) => !breaks),
    all: types,
    command: [join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '--pretty', 'false'],
    problem: /^(?<file>[^(\s]+)\(\d+,\d+\): error (?<rule>TS\d+)/gm,
  },
  {
    name: 'architecture',
    clean: architecture.allowed,
    all: [...architecture.allowed, ...architecture.forbidden],
    command: ['--import', 'ts-blank-space/register', join(root, 'test/architecture/check.ts')],
    problem: /^(?<file>\S+?)(?: → .*: |:\d+ uses )(?<rule>.+)$/gm,
  },
]

describe.each(cases)('$name', ({ name, clean, all, command, problem }) => {
  beforeEach(() => {
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { rootDir: '.' },
      include: ['*.ts'],
    }
    if (name === 'types') writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  })

  test('passes what is clean', () => {
    const { status, output } = check(clean, command, problem)
    expect(status, output).toBe(0)
  })

  test('finds each planted violation and no other', () => {
    const { status, found, output } = check(all, command, problem)
    expect(found, output).toEqual(expected(all))
    expect(status).not.toBe(0)
  })
})

test('architecture refuses to pass a folder in which it found nothing', () => {
  const { command, problem } = cases[2] as (typeof cases)[number]
  const { status, output } = check([], command, problem)
  expect(output).toContain('No module was found')
  expect(status).toBe(1)
})
