import { afterAll, beforeAll, expect, test } from 'vitest'
import { query } from '#test/support/embedded-database.ts'
import { Caller, newPerson, type Person, uniqueName } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

const PASSWORD = 'correct horse battery'

let server: TestServer
let ada: Person

beforeAll(async () => {
  server = await startServer({
    env: {
      GUILDHALL_RATE_LIMITS: 'on',
      GUILDHALL_RATE_LIMIT_LOGINS: '4',
      GUILDHALL_RATE_LIMIT_MAILS: '2',
      GUILDHALL_TRUSTED_PROXIES: '127.0.0.1',
    },
  })
  ada = await newPerson(server.http, 'ada')
})
afterAll(() => server.stop())

const logIn = (password: string, address: string, login = ada.username) =>
  new Caller(server.http).request('POST', '/auth/login', { login, password }, { 'x-forwarded-for': address })

test('a password is not guessed at: not at once, not from the same network, and its owner is not shut out', async () => {
  const guesses = await Promise.all(
    Array.from({ length: 6 }, (_, n) => logIn(`guess ${n}`, `2001:db8:1:2::${n}`)),
  )
  expect(guesses.map(({ status }) => status).sort()).toEqual([400, 400, 400, 400, 429, 429])
  const shutOut = await logIn(PASSWORD, '2001:db8:1:2:ffff::', ` ${ada.username.toUpperCase()} `)
  expect(shutOut).toMatchObject({ status: 429, body: { global: false } })
  expect(shutOut.body.retry_after).toBeGreaterThan(60)
  expect(shutOut.headers.get('retry-after')).toMatch(/^\d+$/)
  expect((await logIn('guess', '2001:db8:1:2::1', 'somebody')).status, 'another name').toBe(400)
  expect((await logIn(PASSWORD, '2001:db8:1:3::1')).status, 'another network').toBe(200)
})

test('to one address go so many mails and no more, and nobody is told', async () => {
  const email = `${uniqueName('Often')}@example.org`
  const answers = []
  for (let n = 0; n < 3; n++)
    answers.push(
      await new Caller(server.http).request('POST', '/auth/register', {
        username: uniqueName('often').toLowerCase(),
        email: n === 1 ? email.toUpperCase() : email,
        password: PASSWORD,
        consent: true,
      }),
    )
  for (const { status, body } of answers)
    expect([status, body]).toEqual([201, { token: expect.any(String), show_verification_form: true }])
  const last = new Caller(server.http, answers.at(-1)?.body.token)
  expect((await last.request('POST', '/auth/verify/resend')).status).toBe(204)
  const rows = await query(
    server.dataDir,
    'select from email_tokens join users on users.id = user_id where lower(email) = lower($1)',
    [email],
  )
  expect(rows).toHaveLength(2)
})
