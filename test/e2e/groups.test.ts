import { Client, GatewayIntentBits } from 'discord.js'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { query } from '#test/support/embedded-database.ts'
import { TestSession } from '#test/support/gateway-client.ts'
import { newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { dataUri, PNG } from '#test/support/pictures.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

let server: TestServer
let ada: Person
let bob: Person
let carl: Person
let dora: Person

beforeAll(async () => {
  server = await startServer()
  const names = ['ada', 'bob', 'carl', 'dora']
  ;[ada, bob, carl, dora] = (await Promise.all(names.map((name) => newPerson(server.http, name)))) as [
    Person,
    Person,
    Person,
    Person,
  ]
})
afterAll(() => server.stop())

const open = (who: Person, ...others: Person[]) =>
  who.expect('POST', '/users/@me/channels', { recipients: others.map(({ id }) => id) })
const member = (who: Person, group: string, other: { id: string }, method = 'PUT') =>
  who.request(method, `/channels/${group}/recipients/${other.id}`, method === 'PUT' ? {} : undefined)
const messagesOf = async (who: Person, group: string) =>
  (await who.expect('GET', `/channels/${group}/messages`)) as {
    type: number
    content: string
    mentions: []
  }[]
const idsOf = (users: { id: string }[]) => users.map(({ id }) => id).sort()
const says = async (who: Person, channel: string) => {
  const { status, body } = await who.request('POST', `/channels/${channel}/messages`, { content: 'words' })
  return body.code ?? status
}

test('[VIS-1][RES-4] a group: opened, joined, renamed, left; each is told what is his, over a RESUME too', async () => {
  const sessions = await Promise.all(
    [ada, bob, carl, dora].map(({ token }) => TestSession.identify(server.gateway, token)),
  )
  const [ofAda, ofBob, ofCarl, ofDora] = sessions as [TestSession, TestSession, TestSession, TestSession]
  const group = await open(ada, bob, carl)
  expect(group).toMatchObject({ type: 3, name: null, icon: null, owner_id: ada.id, last_message_id: null })
  expect(idsOf(group.recipients)).toEqual(idsOf([bob, carl]))
  const created = await ofBob.until(({ t, d }) => t === 'CHANNEL_CREATE' && d.id === group.id)
  expect(idsOf(created.d.recipients)).toEqual(idsOf([ada, carl]))
  expect(await says(bob, group.id)).toBe(200)
  await ofCarl.until(({ t, d }) => t === 'MESSAGE_CREATE' && d.channel_id === group.id)
  expect(await says(dora, group.id)).toBe(50_001)

  expect((await member(bob, group.id, dora)).status).toBe(204)
  expect((await member(bob, group.id, dora)).status).toBe(204)
  const added = await ofAda.until(({ t }) => t === 'CHANNEL_RECIPIENT_ADD')
  expect(added.d).toMatchObject({ channel_id: group.id, user: { id: dora.id } })
  await ofDora.until(({ t, d }) => t === 'CHANNEL_CREATE' && d.id === group.id)
  const noted = await ofDora.until(({ t, d }) => t === 'MESSAGE_CREATE' && d.type === 1)
  expect(noted.d).toMatchObject({ author: { id: bob.id }, mentions: [{ id: dora.id }] })

  expect(await carl.expect('PATCH', `/channels/${group.id}`, { name: ' Tea ' })).toMatchObject({
    name: 'Tea',
  })
  expect((await ofAda.until(({ t }) => t === 'CHANNEL_UPDATE')).d).toMatchObject({
    id: group.id,
    name: 'Tea',
    last_message_id: noted.d.id,
  })
  await ofAda.until(({ t, d }) => t === 'MESSAGE_CREATE' && d.type === 4 && d.content === 'Tea')
  const { icon } = await carl.expect('PATCH', `/channels/${group.id}`, { icon: dataUri(PNG) })
  await ofAda.until(({ t, d }) => t === 'CHANNEL_UPDATE' && d.icon === icon)
  await ofAda.until(({ t, d }) => t === 'MESSAGE_CREATE' && d.type === 5)
  const picture = await fetch(`${server.http}/channel-icons/${group.id}/${icon}.png`)
  expect(Buffer.from(await picture.arrayBuffer())).toEqual(PNG)
  expect((await carl.request('PATCH', `/channels/${group.id}`, { icon: 'x' })).body.code).toBe(50_035)
  expect((await carl.request('PATCH', `/channels/${group.id}`, { name: 'x'.repeat(101) })).body.code).toBe(
    50_035,
  )

  await Promise.all(sessions.map((session) => session.heartbeat()))
  await Promise.all([ofCarl.cut(), ofBob.cut()])
  expect((await member(bob, group.id, carl, 'DELETE')).body.code).toBe(50_013)
  expect((await member(ada, group.id, carl, 'DELETE')).status).toBe(204)
  expect((await member(ada, group.id, carl, 'DELETE')).body.code).toBe(10_013)
  expect(await says(ada, group.id)).toBe(200)
  expect((await carl.request('GET', `/channels/${group.id}`)).body.code).toBe(50_001)
  expect((await ofCarl.resume(server.gateway)).map(({ t }) => t)).toEqual(['CHANNEL_DELETE'])
  expect((await ofBob.resume(server.gateway)).map(({ t, d }) => [t, d.type])).toEqual([
    ['CHANNEL_RECIPIENT_REMOVE', undefined],
    ['MESSAGE_CREATE', 2],
    ['MESSAGE_CREATE', 0],
  ])

  const left = await ada.expect('DELETE', `/channels/${group.id}`)
  expect(left).toMatchObject({ id: group.id, type: 3 })
  const heir = BigInt(bob.id) < BigInt(dora.id) ? bob : dora
  const passed = await ofDora.until(({ t, d }) => t === 'CHANNEL_UPDATE' && d.owner_id !== ada.id)
  expect(passed.d.owner_id).toBe(heir.id)
  await ofAda.until(({ t, d }) => t === 'CHANNEL_DELETE' && d.id === group.id)
  const listed = async (who: Person) => idsOf(await who.expect('GET', '/users/@me/channels'))
  expect([await listed(ada), await listed(dora)]).toEqual([[], [group.id]])
  expect((await messagesOf(dora, group.id)).map(({ type }) => type)).toEqual([2, 0, 2, 5, 4, 1, 0])
  expect((await member(bob, group.id, bob, 'DELETE')).status).toBe(204)
  await dora.expect('DELETE', `/channels/${group.id}`)
  expect((await dora.request('GET', `/channels/${group.id}`)).body.code).toBe(50_001)
  expect(sessions.flatMap(({ problems }) => problems)).toEqual([])
  await Promise.all(sessions.map(({ client }) => client.close()))
})

test('the owner of a group passes it on to somebody in it', async () => {
  const group = await open(ada, bob, carl)
  const ofCarl = await TestSession.identify(server.gateway, carl.token)
  const pass = (who: Person, owner: unknown) => who.request('PATCH', `/channels/${group.id}`, { owner })
  expect((await pass(bob, bob.id)).body.code).toBe(50_013)
  for (const owner of [dora.id, 'x']) expect((await pass(ada, owner)).body.code).toBe(50_035)
  expect((await pass(ada, bob.id)).body).toMatchObject({ id: group.id, owner_id: bob.id })
  const { d } = await ofCarl.until(({ t }) => t === 'CHANNEL_UPDATE')
  expect(d).toMatchObject({ id: group.id, owner_id: bob.id })
  expect((await member(ada, group.id, carl, 'DELETE')).body.code).toBe(50_013)
  expect((await member(bob, group.id, ada, 'DELETE')).status).toBe(204)
  await ofCarl.client.close()
})

test('a group has at most ten people, however many are added at once', async () => {
  const guests = await Promise.all(Array.from({ length: 10 }, (_, n) => newPerson(server.http, `guest${n}`)))
  const tooMany = await ada.request('POST', '/users/@me/channels', { recipients: guests.map(({ id }) => id) })
  expect(tooMany.body.code).toBe(30_004)
  const { id } = await open(ada, bob, carl)
  const codes = (await Promise.all(guests.map((guest) => member(ada, id, guest)))).map(
    ({ status, body }) => body.code ?? status,
  )
  expect(codes.filter((code) => code === 204)).toHaveLength(7)
  expect(codes.filter((code) => code === 30_004)).toHaveLength(3)
  expect((await ada.expect('GET', `/channels/${id}`)).recipients).toHaveLength(9)
})

test('system messages of a group stay; what is no group has no recipients to change', async () => {
  const { id } = await open(ada, bob, carl)
  expect((await member(ada, id, dora)).status).toBe(204)
  const [notice] = (await ada.expect('GET', `/channels/${id}/messages`)) as [{ id: string; type: number }]
  expect(notice.type).toBe(1)
  expect((await ada.request('DELETE', `/channels/${id}/messages/${notice.id}`)).body.code).toBe(50_021)
  expect((await ada.request('PATCH', `/channels/${id}/messages/${notice.id}`, { flags: 4 })).body.code).toBe(
    50_021,
  )

  const guild = await newGuild(ada)
  const bot = await newBot(ada, guild.id)
  const direct = await open(ada, bob)
  expect(direct).toMatchObject({ type: 1, recipients: [{ id: bob.id }] })
  const code = async (channel: string, user: string, method = 'PUT') =>
    (await member(ada, channel, { id: user }, method)).body.code
  expect(await code(guild.general, dora.id)).toBe(50_024)
  expect(await code(direct.id, bob.id, 'DELETE')).toBe(50_024)
  expect(await code(id, bot.applicationId)).toBe(50_033)
  expect(await code(id, '1000000000000000001')).toBe(10_013)
  const wrong = (recipients: string[]) => ada.request('POST', '/users/@me/channels', { recipients })
  expect((await wrong([bob.id, '1000000000000000001'])).body.code).toBe(10_013)
  expect((await wrong([bob.id, bot.applicationId])).body.code).toBe(50_033)
  expect((await wrong([])).body.code).toBe(50_033)
  const ofBot = Object.assign(ada.as(`Bot ${bot.token}`), { id: bot.applicationId })
  const byBot = await ofBot.request('POST', '/users/@me/channels', { recipients: [bob.id, carl.id] })
  expect(byBot.body.code).toBe(20_001)
})

test('with a third, two who talk directly have a new group, and what they said stays between them', async () => {
  const direct = await open(ada, bob)
  const ofDora = await TestSession.identify(server.gateway, dora.token)
  const { status, body: group } = await member(ada, direct.id, dora)
  expect(status).toBe(201)
  expect(group).toMatchObject({ type: 3, owner_id: ada.id })
  expect(group.id).not.toBe(direct.id)
  expect(idsOf(group.recipients)).toEqual(idsOf([bob, dora]))
  await ofDora.until(({ t, d }) => t === 'CHANNEL_CREATE' && d.id === group.id)
  await ofDora.client.close()
  expect(await says(dora, group.id)).toBe(200)
  expect(await says(dora, direct.id)).toBe(50_001)
  expect((await ada.expect('GET', `/channels/${direct.id}`)).type).toBe(1)

  expect((await member(ada, direct.id, bob)).status, 'he is in it').toBe(204)
  const { applicationId, token } = await newBot(ada, (await newGuild(ada)).id)
  const code = async (channel: string, user: { id: string }, by: Person = ada) =>
    (await member(by, channel, user)).body.code
  expect(await code(direct.id, { id: applicationId })).toBe(50_033)
  expect(await code(direct.id, { id: '1000000000000000001' })).toBe(10_013)
  const withBot = await ada.expect('POST', '/users/@me/channels', { recipient_id: applicationId })
  expect(await code(withBot.id, bob)).toBe(50_033)
  const bot = Object.assign(ada.as(`Bot ${token}`), { id: applicationId, token, username: 'bot' })
  expect(await code(withBot.id, bob, bot)).toBe(20_001)
  const eve = await newPerson(server.http, 'eve')
  await eve.expect('PUT', `/users/@me/relationships/${ada.id}`, { type: 2 })
  expect(await code(direct.id, eve)).toBe(50_007)
})

test('nobody is in more groups than a hundred, however many are opened or joined at once', async () => {
  const [eve, finn, gwen] = await Promise.all(
    ['eve', 'finn', 'gwen'].map((name) => newPerson(server.http, name)),
  )
  const people = [eve, finn, gwen] as [Person, Person, Person]
  await query(
    server.dataDir,
    `with made as (insert into channels (id, type) select n, 3 from generate_series(1, 99) n returning id)
     insert into conversation_recipients (channel_id, user_id) select id, $1::bigint from made`,
    [people[0].id],
  )
  const recipients = people.slice(1).map(({ id }) => id)
  const group = await open(people[1], people[2], ada)
  const answers = await Promise.all([
    ...Array.from({ length: 4 }, () => people[0].request('POST', '/users/@me/channels', { recipients })),
    member(people[1], group.id, people[0]),
  ])
  const codes = answers.map(({ status, body }) => (status < 300 ? 'done' : body.code))
  expect(codes.sort()).toEqual([30_011, 30_011, 30_011, 30_011, 'done'])
  expect((await member(people[1], group.id, bob)).status, 'others may').toBe(204)
  await query(server.dataDir, 'delete from channels where id < 100', [])
})

test('who is blocked, or blocks, sends nothing to the other, and brings nobody in', async () => {
  const [eve, finn] = [await newPerson(server.http, 'eve'), await newPerson(server.http, 'finn')]
  const { id } = await open(eve, finn)
  expect(await says(eve, id)).toBe(200)
  const { id: words } = (await messagesOf(finn, id))[0] as unknown as { id: string }
  const thumb = () => eve.request('PUT', `/channels/${id}/messages/${words}/reactions/%F0%9F%91%8D/@me`)
  await finn.expect('PUT', `/users/@me/relationships/${eve.id}`, { type: 2 })
  expect([await says(eve, id), await says(finn, id)]).toEqual([50_007, 50_007])
  expect((await thumb()).body.code).toBe(90_001)
  expect((await eve.request('POST', `/channels/${id}/typing`)).body.code).toBe(50_007)
  const own = `/channels/${id}/messages/${words}`
  expect((await eve.request('PATCH', own, { content: 'changed' })).body.code).toBe(50_007)
  expect((await eve.request('PUT', `/channels/${id}/messages/pins/${words}`)).body.code).toBe(50_007)
  const again = await eve.request('POST', '/users/@me/channels', { recipient_id: finn.id })
  expect(again.body.code).toBe(50_007)
  expect(await messagesOf(eve, id)).toHaveLength(1)
  const all = { recipients: [bob.id, finn.id] }
  expect((await eve.request('POST', '/users/@me/channels', all)).body.code).toBe(50_007)
  const group = await open(bob, finn, eve)
  expect([await says(eve, group.id), await says(finn, group.id)]).toEqual([200, 200])
  expect((await member(finn, group.id, finn, 'DELETE')).status).toBe(204)
  expect((await member(eve, group.id, finn)).body.code).toBe(50_007)
  await finn.expect('DELETE', `/users/@me/relationships/${eve.id}`)
  expect([await says(eve, id), (await thumb()).status]).toEqual([200, 204])
})

test('discord.js takes conversations with groups for what they are', async () => {
  const guild = await newGuild(ada)
  const { token } = await newBot(ada, guild.id)
  const client = new Client({
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.DirectMessages],
    rest: { api: `${server.http}/api` },
  })
  onTestFinished(() => client.destroy())
  const warnings: unknown[] = []
  client.on('warn', (warning) => warnings.push(warning))
  client.on('error', (error) => warnings.push(error))
  await client.login(token)
  const user = await client.users.fetch(bob.id)
  const sent = await user.send('hello')
  expect((await messagesOf(bob, sent.channelId))[0]).toMatchObject({ content: 'hello' })
  expect(warnings).toEqual([])
})
