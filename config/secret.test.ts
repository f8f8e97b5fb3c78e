import { format, inspect } from 'node:util'
import { expect, test } from 'vitest'
import { Secret } from './secret.ts'

test('a secret shows only when asked', () => {
  const secret = new Secret('hunter2')
  expect(secret.reveal()).toBe('hunter2')
  const shown = [
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }, { showHidden: true }),
    format(secret),
  ]
  for (const text of shown) {
    expect(text).toContain('[secret]')
    expect(text).not.toContain('hunter2')
  }
})
