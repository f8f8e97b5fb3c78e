import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { disagreements } from './spec.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('every rule of the SPEC page has a test, and every rule that a test cites is there', () => {
  const page = readFileSync(join(root, 'shared/protocol/SPEC.md'), 'utf8')
  const sources = ['config', 'db', 'examples', 'services', 'shared', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(root, folder, file), 'utf8')),
  )
  expect(disagreements(page, sources)).toEqual([])
})

test('planted disagreements are found', () => {
  const page =
    '# Log\n- **LOG-1** one\n- **LOG-2** two\n- **LOG-3** three\n- **LOG-4** four\n- **LOG-1** again\n'
  const source = `
    // [LOG-2] in a comment
    test('one [LOG-1]', () => expect('[LOG-2]').toBe(1))
    test.skip('three [LOG-3]', () => {})
    describe.each(cases)(\`four [LOG-4] of \${count}\`, () => {})
    test.for([1])(
      'nine [LOG-9]', () => {})
  `
  expect(disagreements(page, [source])).toEqual([
    'LOG-1 is there twice',
    'LOG-2 has no test',
    'LOG-3 has no test',
    'LOG-9 is cited and no rule',
  ])
})
