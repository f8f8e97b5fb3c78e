import { afterAll, beforeAll, expect, test } from 'vitest'
import { query } from '#test/support/embedded-database.ts'
import { eventually } from '#test/support/eventually.ts'
import { GatewayClient, TestSession } from '#test/support/gateway-client.ts'
import { Caller, confirmationToken, newBot, newGuild, newPerson, uniqueName } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

const OLD = 'correct horse battery'
const NEW = 'staple and correct horse'

let server: TestServer
let anyone: Caller
beforeAll(async () => {
  server = await startServer()
  anyone = new Caller(server.http)
})
afterAll(() => server.stop())

const forgot = async (login: string) => {
  const { status, body } = await anyone.request('POST', '/auth/forgot', { login })
  return [status, body]
}
const login = (name: string, password: string) =>
  anyone.request('POST', '/auth/login', { login: name, password })
const reset = (token: string, password = NEW) => anyone.request('POST', '/auth/reset', { token, password })
const addressOf = ({ username }: { username: string }) => `${username}@example.org`
const mailsTo = async (address: string): Promise<{ text: string }[]> => {
  const mails = (await (await fetch(`${server.http}/dev/inbox.json`)).json()) as {
    to: string
    text: string
  }[]
  return mails.filter(({ to, text }) => to === address && text.includes('/reset#'))
}
const answered = () =>
  eventually('the requests', async () => {
    const left = await query(server.dataDir, 'select id from reset_requests')
    return left.length === 0
  })

test('who lost his password chooses a new one by mail; whatever the old one opened is closed', async () => {
  const ada = await newPerson(server.http, 'ada')
  const session = await TestSession.identify(server.gateway, ada.token)
  const cut = await TestSession.identify(server.gateway, ada.token)
  await cut.cut()
  expect(await forgot(addressOf(ada).toUpperCase())).toEqual([204, ''])
  const token = await confirmationToken(server.http, addressOf(ada), '/reset')
  expect((await reset(token, 'short')).body.errors).toHaveProperty('password')
  expect((await anyone.request('POST', '/auth/verify', { token })).status).toBe(400)
  expect((await login(ada.username, OLD)).status).toBe(200)

  const renewed = await anyone.expect('POST', '/auth/reset', { token, password: NEW })
  expect((await session.client.closed).code).toBe(4004)
  expect((await ada.request('GET', '/users/@me')).status).toBe(401)
  const client = await GatewayClient.open(server.gateway)
  client.resume(cut.token, cut.sessionId, cut.seq)
  expect((await client.closed).code).toBe(4004)
  expect((await anyone.as(renewed.token).expect('GET', '/users/@me')).id).toBe(ada.id)
  expect((await login(ada.username, OLD)).status).toBe(400)
  expect((await login(ada.username, NEW)).status).toBe(200)
  expect((await reset(token)).body.errors).toHaveProperty('token')
})

test('two who use the same link at once: one of them has chosen', async () => {
  const ada = await newPerson(server.http, 'ada')
  await forgot(ada.username)
  const token = await confirmationToken(server.http, addressOf(ada), '/reset')
  const answers = await Promise.all([reset(token, `${NEW} 1`), reset(token, `${NEW} 2`)])
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
})

test('the answer is the same for everybody; mail goes only to confirmed addresses, once a minute', async () => {
  const ada = await newPerson(server.http, 'ada')
  const { applicationId } = await newBot(ada, (await newGuild(ada)).id)
  const username = uniqueName('loose')
  const loose = { username, email: `${username}@example.org` }
  await anyone.expect('POST', '/auth/register', { ...loose, password: OLD, consent: true })
  const { body: bot } = await ada.request('GET', `/users/${applicationId}`)
  const names = [
    ada.username,
    addressOf(ada),
    loose.username,
    loose.email,
    bot.username,
    'nobody',
    "' or 1=1",
  ]
  for (const name of names) expect([name, ...(await forgot(name))]).toEqual([name, 204, ''])
  await confirmationToken(server.http, addressOf(ada), '/reset')
  await answered()
  expect((await mailsTo(addressOf(ada))).length).toBe(1)
  expect(await mailsTo(loose.email)).toEqual([])
  // Others may use these stores at the same time: only what is hers is changed.
  const age = `created_at = created_at - interval '1 minute'`
  await query(server.dataDir, `update email_tokens set ${age} where user_id = $1`, [ada.id])
  const first = await confirmationToken(server.http, addressOf(ada), '/reset')
  await forgot(ada.username)
  await eventually('a second mail', async () => (await mailsTo(addressOf(ada))).length === 2)
  expect((await reset(first)).status).toBe(400)
  await query(server.dataDir, 'update email_tokens set expires_at = now() where user_id = $1', [ada.id])
  expect((await reset(await confirmationToken(server.http, addressOf(ada), '/reset'))).status).toBe(400)
})

test('one sees where one is logged in, and logs out from there', async () => {
  const ada = await newPerson(server.http, 'ada')
  const bob = await newPerson(server.http, 'bob')
  const phone = (await login(ada.username, OLD)).body.token
  const there = await GatewayClient.enter(server.gateway, phone)
  const { user_sessions } = await ada.expect('GET', '/auth/sessions')
  expect(user_sessions.length).toBeGreaterThan(2)
  expect(user_sessions[0]).toEqual({
    id_hash: expect.any(String),
    approx_last_used_time: expect.stringMatching(/^\d{4}-.*\+00:00$/),
    client_info: { os: null, platform: 'node', location: null },
  })
  const ending = { session_id_hashes: [user_sessions[0].id_hash, 'unknown'] }
  await bob.expect('POST', '/auth/sessions/logout', ending)
  expect((await anyone.as(phone).request('GET', '/users/@me')).status).toBe(200)
  await ada.expect('POST', '/auth/sessions/logout', ending)
  expect((await there.closed).code).toBe(4004)
  expect((await anyone.as(phone).request('GET', '/users/@me')).status).toBe(401)
  expect((await ada.expect('GET', '/auth/sessions')).user_sessions).toEqual(user_sessions.slice(1))
})

test('the page of the link is there', async () => {
  const page = await fetch(`${server.http}/reset`)
  expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringMatching('text/html')])
})
