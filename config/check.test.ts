import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const script = fileURLToPath(new URL('./check.ts', import.meta.url))

function check(env: Record<string, string>, ...args: string[]) {
  const words = ['--import', 'ts-blank-space/register', script, ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { env, encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('prints what is in effect and where it comes from', () => {
  const { status, stdout, stderr } = check({ GUILDHALL_HTTP_PORT: '8080' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toMatch(/^GUILDHALL_HTTP_PORT +8080 +environment$/m)
  expect(stdout).toMatch(/^GUILDHALL_GATEWAY_PORT +3001 +default$/m)
  expect(stdout).toMatch(/^GUILDHALL_PUBLIC_URL +\(unset\) +default$/m)
  expect(stdout).toMatch(/^GUILDHALL_DATA_DIR +\/.*\/data +default$/m)
})

test('prints all problems and exits with 1', () => {
  expect(check({ GUILDHALL_HTTP_PORT: 'planted', GUILDHALL_HOTS: 'planted' })).toEqual({
    status: 1,
    stdout: '',
    stderr: `GUILDHALL_HOTS is no setting; did you mean GUILDHALL_HOST?
GUILDHALL_HTTP_PORT must be a port, 0 to 65535
`,
  })
})

test('explains itself, and refuses what it does not know', () => {
  expect(check({}, '--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('npm run') })
  expect(check({}, '--planted')).toMatchObject({ status: 2, stdout: '' })
})
