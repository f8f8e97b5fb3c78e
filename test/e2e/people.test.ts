import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { err } from '#shared/kernel/result.ts'
import { eventually } from '#test/support/eventually.ts'
import { GatewayClient } from '#test/support/gateway-client.ts'
import { Caller, confirmationToken, join, newGuild, newPerson } from '#test/support/people.ts'
import { startRig } from '#test/support/rig.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

interface Mail {
  id: string
  to: string
  subject: string
  text: string
  html: string
  sent_at: string
}

const PASSWORD = 'correct horse battery'

let server: TestServer
let anyone: Caller
beforeAll(async () => {
  server = await startServer({ own: true })
  anyone = new Caller(server.http)
})
afterAll(() => server.stop())

const account = (username: string) => ({
  username,
  email: `${username}@Example.org`,
  password: PASSWORD,
  consent: true,
})

const mailsTo = async (address: string, base = server.http): Promise<Mail[]> => {
  const mails = (await (await fetch(`${base}/dev/inbox.json`)).json()) as Mail[]
  // On the way domains lose their case.
  return mails.filter((mail) => mail.to.toLowerCase() === address.toLowerCase())
}

describe('accounts', () => {
  test('two people register and find their mails in the inbox, newest first', async () => {
    for (const name of ['first', 'second']) {
      const { status, body } = await anyone.request('POST', '/auth/register', account(name))
      expect(status).toBe(201)
      expect(body).toEqual({ token: expect.any(String), show_verification_form: true })
      await eventually('the mail', async () => (await mailsTo(`${name}@Example.org`)).length > 0)
    }
    const inbox = await fetch(`${server.http}/dev/inbox.json`)
    expect(inbox.headers.get('content-type')).toBe('application/json')
    const mails = (await inbox.json()) as Mail[]
    expect(mails.map(({ to }) => to.toLowerCase())).toEqual(['second@example.org', 'first@example.org'])
    for (const mail of mails) {
      expect(Object.keys(mail).sort()).toEqual(['html', 'id', 'sent_at', 'subject', 'text', 'to'])
      const link = /http:\S+\/verify#token=[\w-]+/.exec(mail.text)?.[0] as string
      expect(link).toMatch(`${server.http}/verify#token=`)
      expect(mail.html).toContain(`href="${link}"`)
      expect(new Date(mail.sent_at).toISOString()).toBe(mail.sent_at)
    }
    for (const page of ['/dev/inbox', '/verify']) {
      const response = await fetch(server.http + page)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toMatch('text/html')
    }
  })

  test('an account can do nothing until its address is confirmed, by a token that works once', async () => {
    const { token } = await anyone.expect('POST', '/auth/register', account('grace'))
    const grace = anyone.as(token)
    expect(await grace.expect('GET', '/users/@me')).toMatchObject({ username: 'grace', verified: false })
    for (const [method, path, body] of [
      ['GET', '/users/@me/guilds', undefined],
      ['POST', '/guilds', { name: 'Too early' }],
      ['POST', '/applications', { name: 'Too early' }],
    ] as const) {
      const refused = await grace.request(method, path, body)
      expect(refused.status).toBe(403)
      expect(refused.body.code).toBe(40002)
    }
    const socket = await GatewayClient.open(server.gateway)
    socket.send({ op: 2, d: { token, properties: {} } })
    expect((await socket.closed).code).toBe(4004)

    const confirmation = await confirmationToken(server.http, 'grace@Example.org')
    const wrong = await anyone.request('POST', '/auth/verify', { token: `${confirmation}x` })
    expect(wrong).toMatchObject({ status: 400, body: { code: 50035 } })
    const confirmed = await anyone.expect('POST', '/auth/verify', { token: confirmation })
    expect(confirmed).toEqual({ user_id: expect.stringMatching(/^\d{17,19}$/), token: expect.any(String) })
    for (const either of [token, confirmed.token]) {
      expect(await anyone.as(either).expect('GET', '/users/@me')).toMatchObject({
        id: confirmed.user_id,
        verified: true,
        email: 'grace@Example.org',
      })
    }
    expect(await grace.expect('GET', '/users/@me/guilds')).toEqual([])
    const again = await anyone.request('POST', '/auth/verify', { token: confirmation })
    expect(again).toMatchObject({ status: 400, body: { code: 50035 } })
  })

  test('one logs in by address or user name, in any case; wrong password and unknown name look alike', async () => {
    const ada = await newPerson(server.http, 'ada')
    for (const login of [ada.username, ada.username.toUpperCase(), `${ada.username}@EXAMPLE.org`]) {
      const body = await anyone.expect('POST', '/auth/login', { login, password: PASSWORD })
      expect(body).toEqual({
        user_id: ada.id,
        token: expect.any(String),
        user_settings: { locale: 'en-US', theme: 'dark' },
      })
      expect((await anyone.as(body.token).expect('GET', '/users/@me')).id).toBe(ada.id)
    }
    const wrong = await anyone.request('POST', '/auth/login', { login: ada.username, password: 'wrong' })
    const unknown = await anyone.request('POST', '/auth/login', { login: 'nobody', password: PASSWORD })
    expect(wrong.status).toBe(400)
    expect(wrong.body.errors.login._errors[0].code).toBe('INVALID_LOGIN')
    expect(unknown).toMatchObject({ status: wrong.status, body: wrong.body })
  })

  test('a login that was ended is worth nothing, also to the gateway; others stay', async () => {
    const ada = await newPerson(server.http, 'ada')
    const { token } = await anyone.expect('POST', '/auth/login', { login: ada.username, password: PASSWORD })
    const socket = await GatewayClient.enter(server.gateway, token)
    expect((await anyone.as(token).request('POST', '/auth/logout')).status).toBe(204)
    expect((await socket.closed).code).toBe(4004)
    expect((await anyone.as(token).request('GET', '/users/@me')).status).toBe(401)
    expect((await ada.request('GET', '/users/@me')).status).toBe(200)
  })

  test('names are taken once, whatever their case', async () => {
    const ada = await newPerson(server.http, 'ada')
    const taken = await anyone.request('POST', '/auth/register', account(ada.username.toUpperCase()))
    expect(taken.status).toBe(400)
    expect(Object.keys(taken.body.errors)).toHaveLength(1)
  })

  test.for([
    ['username', 'no spaces'],
    ['username', 'x'],
    ['email', 'nowhere'],
    ['password', 'short'],
    ['consent', false],
  ] as const)('registration is refused for %s = %j', async ([field, value]) => {
    const refused = await anyone.request('POST', '/auth/register', { ...account('mallory'), [field]: value })
    expect(refused).toMatchObject({ status: 400, body: { code: 50035 } })
    expect(Object.keys(refused.body.errors)).toEqual([field])
    expect(await mailsTo('mallory@Example.org')).toEqual([])
  })
})

test('the confirmation mail is sent again at most once a minute, and its older token stops working', async () => {
  const rig = await startRig()
  onTestFinished(() => rig.stop())
  const address = 'henry@Example.org'
  const stranger = new Caller(rig.httpUrl)
  const { token } = await stranger.expect('POST', '/auth/register', account('henry'))
  const first = await confirmationToken(rig.httpUrl, address)
  const henry = stranger.as(token)
  expect((await henry.request('POST', '/auth/verify/resend')).status).toBe(204)
  await stranger.expect('POST', '/auth/register', account('later'))
  await confirmationToken(rig.httpUrl, 'later@Example.org')
  expect(await mailsTo(address, rig.httpUrl)).toHaveLength(1)

  await rig.database.pool.query(`update email_tokens set created_at = created_at - interval '60 seconds'`)
  expect((await henry.request('POST', '/auth/verify/resend')).status).toBe(204)
  await eventually('the second mail', async () => (await mailsTo(address, rig.httpUrl)).length === 2)
  const second = await confirmationToken(rig.httpUrl, address)
  expect((await stranger.request('POST', '/auth/verify', { token: first })).status).toBe(400)
  expect((await stranger.request('POST', '/auth/verify', { token: second })).status).toBe(200)

  await rig.database.pool.query(`update email_tokens set created_at = created_at - interval '60 seconds'`)
  expect((await henry.request('POST', '/auth/verify/resend')).status).toBe(204)
  expect(await mailsTo(address, rig.httpUrl)).toHaveLength(2)
})

test('the message that somebody has come is said, also when nothing could be said as he came', async () => {
  let isMute = false
  const rig = await startRig(({ log }) => {
    const append = log.append.bind(log)
    log.append = async (event, options) =>
      isMute && event.type === 'MESSAGE_CREATE'
        ? err({ code: 'refused', reason: 'for a while' })
        : append(event, options)
    return { log }
  })
  onTestFinished(() => rig.stop())
  const [owner, late] = [await newPerson(rig.httpUrl, 'owner'), await newPerson(rig.httpUrl, 'late')]
  const { id, general } = await newGuild(owner)
  isMute = true
  await join(owner, late, general)
  isMute = false
  await rig.database.pool.query('update notices set due_at = now()')
  const said = async () => await owner.expect('GET', `/channels/${general}/messages`)
  await eventually('it is said', async () => (await said()).length > 0)
  expect(await said()).toMatchObject([{ type: 7, author: { id: late.id } }])
  await owner.expect('DELETE', `/guilds/${id}`)
})

describe('guilds', () => {
  test('a guild comes with @everyone, a category, a general channel, its owner and a system channel', async () => {
    const ada = await newPerson(server.http, 'ada')
    const socket = await GatewayClient.enter(server.gateway, ada.token)
    const { status, body: guild } = await ada.request('POST', '/guilds', { name: 'Tea room' })
    expect(status).toBe(201)
    expect(guild).toMatchObject({ name: 'Tea room', owner_id: ada.id })
    expect(guild.roles).toHaveLength(1)
    expect(guild.roles[0]).toMatchObject({ id: guild.id, name: '@everyone', position: 0, managed: false })

    const channels = await ada.expect('GET', `/guilds/${guild.id}/channels`)
    expect(channels).toHaveLength(2)
    const category = channels.find(({ type }: { type: number }) => type === 4)
    const general = channels.find(({ type }: { type: number }) => type === 0)
    expect(general).toMatchObject({ name: 'general', parent_id: category.id, guild_id: guild.id })
    expect(category).toMatchObject({ name: 'Text Channels', parent_id: null })
    expect(guild.system_channel_id).toBe(general.id)

    const members = await ada.expect('GET', `/guilds/${guild.id}/members?limit=10`)
    expect(members.map(({ user }: { user: { id: string } }) => user.id)).toEqual([ada.id])
    expect(await ada.expect('GET', '/users/@me/guilds')).toMatchObject([
      { id: guild.id, name: 'Tea room', owner: true },
    ])
    const created = await socket.dispatch('GUILD_CREATE', ({ id }) => id === guild.id)
    expect(created).toMatchObject({ unavailable: false, member_count: 1, name: 'Tea room' })
    expect(created.channels.map(({ id }: { id: string }) => id).sort()).toEqual(
      [category.id, general.id].sort(),
    )
    await socket.close()
  })

  test('an invite lets a person in: GUILD_CREATE for him, GUILD_MEMBER_ADD and a join message for all', async () => {
    const ada = await newPerson(server.http, 'ada')
    const bob = await newPerson(server.http, 'bob')
    const guild = await newGuild(ada)
    const adas = await GatewayClient.enter(server.gateway, ada.token)
    const bobs = await GatewayClient.enter(server.gateway, bob.token)
    const invite = await ada.expect('POST', `/channels/${guild.general}/invites`, { max_age: 3600 })
    expect(invite).toMatchObject({ uses: 0, max_uses: 0, max_age: 3600, temporary: false })
    expect(await anyone.expect('GET', `/invites/${invite.code}`)).toMatchObject({
      code: invite.code,
      guild: { id: guild.id, name: 'A guild' },
      channel: { id: guild.general, name: 'general', type: 0 },
      inviter: { id: ada.id },
    })

    const accepted = await bob.expect('POST', `/invites/${invite.code}`, {})
    expect(accepted).toMatchObject({ code: invite.code, new_member: true, guild: { id: guild.id } })
    const created = await bobs.dispatch('GUILD_CREATE')
    expect(created.id).toBe(guild.id)
    expect(created.members.map(({ user }: { user: { id: string } }) => user.id).sort()).toEqual(
      [ada.id, bob.id].sort(),
    )
    expect(created.channels).toHaveLength(2)
    const added = await adas.dispatch('GUILD_MEMBER_ADD')
    expect(added).toMatchObject({ guild_id: guild.id, user: { id: bob.id }, roles: [] })
    for (const socket of [adas, bobs]) {
      expect(await socket.dispatch('MESSAGE_CREATE')).toMatchObject({
        type: 7,
        channel_id: guild.general,
        author: { id: bob.id },
      })
    }
    expect(bobs.dispatches.map(({ t }) => t)).not.toContain('GUILD_MEMBER_ADD')

    expect(await bob.expect('POST', `/invites/${invite.code}`, {})).toMatchObject({ new_member: false })
    expect(await ada.expect('GET', `/channels/${guild.general}/messages`)).toHaveLength(1)

    expect((await bob.request('DELETE', `/users/@me/guilds/${guild.id}`)).status).toBe(204)
    expect(await adas.dispatch('GUILD_MEMBER_REMOVE')).toMatchObject({ user: { id: bob.id } })
    expect(await bobs.dispatch('GUILD_DELETE')).toEqual({ id: guild.id })
    await Promise.all([adas.close(), bobs.close()])
  })

  test('an invite lets in as many as it says, also when more come at once', async () => {
    const ada = await newPerson(server.http, 'ada')
    const guild = await newGuild(ada)
    const { code } = await ada.expect('POST', `/channels/${guild.general}/invites`, { max_uses: 2 })
    const guests = await Promise.all(Array.from({ length: 4 }, () => newPerson(server.http, 'guest')))
    const answers = await Promise.all(guests.map((guest) => guest.request('POST', `/invites/${code}`, {})))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 404, 404])
    const refused = answers.find(({ status }) => status === 404)
    expect(refused?.body.code).toBe(10006)
    expect((await anyone.request('GET', `/invites/${code}`)).body.code).toBe(10006)
    expect(await ada.expect('GET', `/guilds/${guild.id}/members?limit=10`)).toHaveLength(3)
  })

  test('an invite like one that there is is that one, the newest, unless a unique one is asked for', async () => {
    const ada = await newPerson(server.http, 'ada')
    const { general } = await newGuild(ada)
    const make = async (body: object): Promise<string> =>
      (await ada.expect('POST', `/channels/${general}/invites`, body)).code
    const first = await make({})
    expect(await make({})).toBe(first)
    const second = await make({ unique: true })
    expect(second).not.toBe(first)
    expect(await make({ unique: false })).toBe(second)
    expect([first, second]).not.toContain(await make({ max_uses: 1 }))
    expect(await ada.expect('GET', `/channels/${general}/invites`)).toHaveLength(3)
  })

  test('an invite that was deleted lets nobody in', async () => {
    const ada = await newPerson(server.http, 'ada')
    const bob = await newPerson(server.http, 'bob')
    const guild = await newGuild(ada)
    const { code } = await ada.expect('POST', `/channels/${guild.general}/invites`, {})
    await ada.expect('DELETE', `/invites/${code}`)
    expect((await bob.request('POST', `/invites/${code}`, {})).body.code).toBe(10006)
    expect((await bob.request('GET', `/guilds/${guild.id}`)).body.code).toBe(50001)
    await join(ada, bob, guild.general)
    expect((await bob.request('GET', `/guilds/${guild.id}`)).status).toBe(200)
  })
})

test('[OUT-6] who asks for the same several times at once gets as many', async () => {
  const ada = await newPerson(server.http, 'twins')
  const guild = await newGuild(ada)
  for (const [what, body] of [
    ['roles', { name: 'same' }],
    ['channels', { name: 'same', type: 0 }],
  ] as const) {
    const path = `/guilds/${guild.id}/${what}`
    const made = await Promise.all(Array.from({ length: 10 }, () => ada.expect('POST', path, body)))
    expect(new Set(made.map(({ id }: { id: string }) => id)).size).toBe(10)
  }
})
