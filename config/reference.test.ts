import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { PAGE, referencePage } from './reference.ts'

test('docs/configuration.md is what `npm run config:reference` writes', async () => {
  expect(await readFile(PAGE, 'utf8')).toBe(referencePage())
})
