import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url))
const config = fileURLToPath(new URL('fixtures/summary/vitest.config.ts', import.meta.url))

function run(environment: Record<string, string>, ...files: string[]) {
  const { status, stdout } = spawnSync(process.execPath, [vitest, 'run', '--config', config, ...files], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, NO_COLOR: '1', ...environment },
  })
  return { status, lines: stdout.trimEnd().split('\n') }
}

test('the last line counts tests, broken suites and files, unhandled errors and what a crash cut off', () => {
  const { status, lines } = run({})
  expect(status).not.toBe(0)
  expect(lines.at(-1)).toBe('2 passed, 6 failed, 5 skipped')
})

test('each skipped test stands above it with its reason, and each failure with its message', () => {
  const { lines } = run({}, 'mixed')
  expect(lines.slice(-7)).toEqual([
    'skipped: mixed.test.ts > skips itself: nothing to talk to',
    'skipped: mixed.test.ts > by title: only on Sundays',
    'skipped: mixed.test.ts > a suite > in a skipped suite: no network',
    'skipped: mixed.test.ts > without a word: no reason given',
    'failed: mixed.test.ts > a suite whose hook breaks: planted',
    'failed: mixed.test.ts > fails: expected 1 to be 2 // Object.is equality',
    '1 passed, 2 failed, 5 skipped',
  ])
})

test('a run that breaks before its tests is a failure', () => {
  expect(run({ BROKEN_SETUP: 'yes' }, 'mixed').lines.at(-1)).toBe('0 passed, 1 failed, 0 skipped')
})
