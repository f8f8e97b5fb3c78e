import { afterAll, beforeAll, expect, test } from 'vitest'
import { Caller, confirmationToken, newPerson } from '#test/support/people.ts'
import { type Rig, startRig } from '#test/support/rig.ts'

let rig: Rig
let anyone: Caller
beforeAll(async () => {
  rig = await startRig()
  anyone = new Caller(rig.httpUrl)
})
afterAll(() => rig.stop())

const password = 'a password of our own'
const register = (username: string, email: string) =>
  anyone.request('POST', '/auth/register', { username, email, password, consent: true })
const mailsTo = async (address: string) =>
  (await rig.adapters.mailer.list()).filter(({ to }) => to.toLowerCase() === address.toLowerCase())

test('registering with a known address is answered as with any other, and only its owner is told', async () => {
  const ada = await newPerson(rig.httpUrl, 'ada')
  const address = `${ada.username}@example.org`
  const [known, unknown] = [
    await register('mallory', address.toUpperCase()),
    await register('bob', 'bob@example.org'),
  ]
  expect(known.status).toBe(unknown.status)
  expect(known.body).toEqual({ token: expect.any(String), show_verification_form: true })
  expect(Object.keys(known.body)).toEqual(Object.keys(unknown.body))
  const mallory = anyone.as(known.body.token)
  expect(await mallory.expect('GET', '/users/@me')).toMatchObject({ username: 'mallory', verified: false })
  expect((await mallory.request('POST', '/auth/verify/resend')).status).toBe(204)
  await expect.poll(async () => (await mailsTo(address)).length).toBe(2)
  const [told] = await mailsTo(address)
  expect(told).toMatchObject({ subject: 'You have an account already' })
  expect(told?.text).toContain(ada.username)
  expect(told?.text).not.toContain('#token')
  const login = await anyone.request('POST', '/auth/login', { login: address, password })
  const stranger = await anyone.request('POST', '/auth/login', { login: 'bob@example.org', password })
  expect(login).toMatchObject({ status: stranger.status, body: stranger.body })
})

test('of two accounts with one address the first to confirm it has it', async () => {
  await register('first', 'both@example.org')
  const first = await confirmationToken(rig.httpUrl, 'both@example.org')
  await register('second', 'both@example.org')
  await expect.poll(async () => (await mailsTo('both@example.org')).length).toBe(2)
  const second = await confirmationToken(rig.httpUrl, 'both@example.org')
  expect((await anyone.request('POST', '/auth/verify', { token: second })).status).toBe(200)
  const late = await anyone.request('POST', '/auth/verify', { token: first })
  expect(late).toMatchObject({ status: 400, body: { code: 50035 } })
  const { user_id } = await anyone.expect('POST', '/auth/login', { login: 'both@example.org', password })
  const { rows } = await rig.database.pool.query(`select id from users where username = 'second'`)
  expect(rows).toEqual([{ id: user_id }])
})
