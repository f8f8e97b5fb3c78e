import { isDeepStrictEqual } from 'node:util'
import { Client, GatewayIntentBits } from 'discord.js'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { query } from '#test/support/embedded-database.ts'
import { complaintsOf, emitted } from '#test/support/emitted.ts'
import { eventually } from '#test/support/eventually.ts'
import { GatewayClient, type Received, TestSession } from '#test/support/gateway-client.ts'
import { type Caller, join, newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { dataUri, longerPng, MOVING_GIF, PNG } from '#test/support/pictures.ts'
import { RestartableProcess } from '#test/support/restartable-server.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

const MOST_BYTES = 100_000

let server: TestServer
let ada: Person
let bob: Person
let guild: { id: string; general: string }

beforeAll(async () => {
  server = await startServer({ env: { GUILDHALL_IMAGE_MAX_BYTES: String(MOST_BYTES) } })
  ada = await newPerson(server.http, 'ada')
  bob = await newPerson(server.http, 'bob')
  guild = await newGuild(ada)
  await join(ada, bob, guild.general)
})
afterAll(() => server.stop())

const OWN = '/users/@me'
const imageAt = (path: string) => fetch(server.http + path)

test('[VIS-5][VIS-8] who changes is told himself, and so is every guild of his', async () => {
  const second = await newGuild(ada, 'Second')
  const [own, other] = [
    await GatewayClient.enter(server.gateway, ada.token),
    await GatewayClient.enter(server.gateway, bob.token),
  ]
  await join(ada, bob, second.general)
  const username = `${ada.username}.l`
  const shown = { username, global_name: 'Ada L.', accent_color: 255, avatar: expect.stringMatching(/^a_/) }
  const edited = await ada.expect('PATCH', OWN, {
    username: username.toUpperCase(),
    global_name: ' Ada L. ',
    avatar: dataUri(MOVING_GIF, 'gif'),
    accent_color: 255,
    bio: 'Counts.',
  })
  expect(edited).toMatchObject({ ...shown, bio: 'Counts.', id: ada.id })
  expect(await own.dispatch('USER_UPDATE')).toEqual(edited)
  for (const { id } of [guild, second]) {
    const update = await other.dispatch('GUILD_MEMBER_UPDATE', ({ guild_id }) => guild_id === id)
    expect(update.user).toMatchObject({ id: ada.id, ...shown })
    expect(update.user).not.toHaveProperty('bio')
    expect(await bob.expect('GET', `/guilds/${id}/members/${ada.id}`)).toMatchObject({ user: update.user })
  }
  const count = other.frames.length
  expect(await ada.expect('PATCH', OWN, { username, bio: 'Counts.' })).toEqual(edited)
  await ada.expect('PATCH', OWN, { bio: null })
  await own.dispatch('USER_UPDATE', ({ bio }) => bio === '')
  await other.heartbeat()
  expect(other.frames.slice(count).map(({ op }) => op)).toEqual([11])
  await Promise.all([own.close(), other.close()])
})

test('[VIS-5][VIS-8][RES-1] who has no guild in common hears of it as friend and in conversations', async () => {
  const names = ['eve', 'friend', 'partner', 'member', 'blocker']
  const everybody = await Promise.all(names.map((name) => newPerson(server.http, name)))
  const [eve, friend, partner, member, blocker] = everybody as [Person, Person, Person, Person, Person]
  const { token } = await newBot(ada, guild.id)
  const bot = ada.as(`Bot ${token}`)
  const relationship = ({ id }: Person) => `${OWN}/relationships/${id}`
  await friend.expect('PUT', relationship(eve), {})
  await eve.expect('PUT', relationship(friend), {})
  await blocker.expect('PUT', relationship(eve), { type: 2 })
  const opened = (who: Caller, recipients: readonly Person[]) =>
    who.expect('POST', `${OWN}/channels`, { recipients: recipients.map(({ id }) => id) })
  const { id: direct } = await opened(partner, [eve])
  const { id: group } = await opened(member, [eve, friend])
  const { id: ofBot } = await opened(bot, [eve])
  await bot.expect('POST', `/channels/${ofBot}/messages`, { content: 'words' })

  const tokens = [friend, partner, member, blocker].map((one) => one.token)
  const enter = () => Promise.all([...tokens, token].map((one) => TestSession.identify(server.gateway, one)))
  const [here, away] = [await enter(), await enter()]
  for (const session of away) await session.cut()

  const edited = await eve.expect('PATCH', OWN, { global_name: 'Eve', avatar: dataUri(PNG) })
  const user = await eve.expect('GET', `/users/${eve.id}`)
  expect(user).toMatchObject({ id: eve.id, global_name: 'Eve', avatar: edited.avatar })
  const told = [
    [`RELATIONSHIP_ADD ${eve.id}`, `CHANNEL_UPDATE ${group}`],
    [`CHANNEL_UPDATE ${direct}`],
    [`CHANNEL_UPDATE ${group}`],
    [`RELATIONSHIP_ADD ${eve.id}`],
  ]
  const newsOf = (frames: readonly Received[]) =>
    frames
      .filter(({ d }) => (d.user ? [d.user] : (d.recipients ?? [])).some(isDeepStrictEqual.bind(null, user)))
      .map(({ t, d }) => `${t} ${d.id}`)
      .sort()
  for (const [n, wanted] of told.entries()) {
    const [live, gone] = [here[n], away[n]] as [TestSession, TestSession]
    const all = [...wanted].sort()
    await eventually(`${names[n + 1]} hears of it`, async () => newsOf(live.stream).length >= all.length)
    await gone.resume(server.gateway)
    expect([newsOf(live.stream), newsOf(gone.stream)]).toEqual([all, all])
  }
  expect((await here[0]?.until(({ t }) => t === 'RELATIONSHIP_ADD'))?.d).toMatchObject({ type: 1 })
  expect((await here[3]?.until(({ t }) => t === 'RELATIONSHIP_ADD'))?.d).toMatchObject({ type: 2 })
  const isEve = ({ user }: Received['d']) => user.global_name === 'Eve'
  expect((await here[0]?.client.dispatch('PRESENCE_UPDATE', isEve))?.user).toEqual(user)

  // Bots are told of no change of a direct conversation, which eris cannot take: they have it by the next message.
  await eve.expect('POST', `/channels/${ofBot}/messages`, { content: 'more' })
  const [hears, resumes] = [here[4], away[4]] as [TestSession, TestSession]
  await hears.until(({ t, d }) => t === 'MESSAGE_CREATE' && d.content === 'more')
  await resumes.resume(server.gateway)
  for (const { stream } of [hears, resumes])
    expect(stream.filter(({ t, d }) => !d.guild_id && t !== 'READY' && t !== 'GUILD_CREATE')).toMatchObject([
      { t: 'MESSAGE_CREATE', d: { author: { global_name: 'Eve' } } },
    ])

  for (const one of [friend, partner, member, blocker]) {
    const client = await GatewayClient.open(server.gateway)
    const { d: ready } = await client.identify(one.token)
    const shown = [
      ...ready.users,
      ...ready.relationships.map(({ user }: Received['d']) => user),
      ...ready.private_channels.flatMap(({ recipients }: Received['d']) => recipients),
    ].filter(({ id }: { id: string }) => id === eve.id)
    expect(shown.length).toBeGreaterThan(1)
    for (const one of shown) expect(one).toEqual(user)
    await client.close()
  }
  expect([...here, ...away].flatMap(({ problems }) => problems)).toEqual([])
  await Promise.all([...here, ...away].map(({ client }) => client.close()))
})

test('names of people are each one person’s, in any case; bots are called as they like', async () => {
  const code = async (username: string, person: Person = bob) => {
    const { status, body } = await person.request('PATCH', OWN, { username })
    return status === 200 ? body.username : body.errors.username._errors[0].code
  }
  const taken = (await newPerson(server.http, 'taken')).username
  expect(await code(taken.toUpperCase())).toBe('USERNAME_ALREADY_TAKEN')
  for (const name of ['a b', 'a..b', 'ä_ä', '@bob']) expect(await code(name)).toBe('USERNAME_INVALID')
  expect(await code(bob.username)).toBe(bob.username)
  const { token } = await newBot(ada, guild.id)
  expect((await ada.as(`Bot ${token}`).expect('PATCH', OWN, { username: taken })).username).toBe(taken)
})

test('images are known by their bytes, kept as they are, and served to anybody', async () => {
  const carol = await newPerson(server.http, 'carol')
  const put = (body: object) => carol.expect('PATCH', OWN, body)
  const { avatar, banner } = await put({
    avatar: dataUri(PNG).replace('image/png', 'image/jpg'),
    banner: dataUri(MOVING_GIF, 'gif'),
  })
  for (const path of [`/avatars/${carol.id}/${avatar}.webp?size=128`, `/avatars/${carol.id}/${avatar}.png`]) {
    const image = await imageAt(path)
    expect([image.status, image.headers.get('content-type')]).toEqual([200, 'image/png'])
    expect(Buffer.from(await image.arrayBuffer()).equals(PNG)).toBe(true)
  }
  expect((await imageAt(`/banners/${carol.id}/${banner}.gif`)).headers.get('content-type')).toBe('image/gif')
  const wrong = [
    `/avatars/${bob.id}/${avatar}.png`,
    `/banners/${carol.id}/${avatar}.png`,
    `/avatars/${carol.id}/${avatar}.svg`,
    `/avatars/${carol.id}/..%2f..%2fpostgres.png`,
    `/avatars/x/${avatar}.png`,
  ]
  for (const path of wrong) expect([path, (await imageAt(path)).status]).toEqual([path, 404])

  expect(await put({ avatar: dataUri(longerPng(MOST_BYTES - PNG.length)) })).toMatchObject({ banner })
  expect(await put({ avatar: null })).toMatchObject({ avatar: null, banner })
  const svg = `data:image/png;base64,${Buffer.from('<svg onload="alert(1)"/>').toString('base64')}`
  for (const [image, code] of [
    [dataUri(longerPng(MOST_BYTES)), 'BINARY_TYPE_MAX_SIZE'],
    [svg, 'IMAGE_INVALID'],
    [dataUri(PNG).replace(/.*,/, ''), 'IMAGE_INVALID'],
    ['data:image/png;base64,', 'IMAGE_INVALID'],
    ['https://example.org/a.png', 'IMAGE_INVALID'],
  ]) {
    const { status, body } = await carol.request('PATCH', OWN, { avatar: image, bio: 'no' })
    expect([status, body.errors?.avatar._errors[0].code]).toEqual([400, code])
  }
  expect(await carol.expect('GET', OWN)).toMatchObject({ avatar: null, bio: '' })
})

test('a bot changes its name and avatar with discord.js', async () => {
  const { token } = await newBot(ada, guild.id)
  const client = new Client({
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMembers],
    rest: { api: `${server.http}/api`, cdn: server.http },
  })
  onTestFinished(() => client.destroy())
  const complaints = complaintsOf(client)
  const ready = emitted(client, 'clientReady')
  await client.login(token)
  await ready
  const updated = emitted(
    client,
    'userUpdate',
    (_, user: { username: string }) => user.username === 'Tea bot',
  )
  await client.user?.setUsername('Tea bot')
  await updated
  await client.user?.setAvatar(longerPng(7))
  const image = await fetch(client.user?.avatarURL({ size: 64 }) as string)
  expect(Buffer.from(await image.arrayBuffer()).equals(longerPng(7))).toBe(true)
  const { id } = client.user as { id: string }
  await eventually('the guild', async () => {
    const members = await ada.expect('GET', `/guilds/${guild.id}/members/search?query=Tea`)
    return members.some(({ user }: { user: { id: string } }) => user.id === id)
  })
  await client.user?.setAvatar(null)
  expect(client.user?.avatarURL()).toBeNull()
  expect(complaints).toEqual([])
})

test('[VIS-8] all are told though the server is killed just after the answer', async () => {
  const mortal = await RestartableProcess.start()
  onTestFinished(() => mortal.dispose())
  const carol = await newPerson(mortal.http, 'carol')
  const guilds = await Promise.all(Array.from({ length: 20 }, () => newGuild(carol)))
  const others = await Promise.all(['dora', 'emil', 'fay'].map((name) => newPerson(mortal.http, name)))
  const conversations = await Promise.all(
    others.map(({ id }) => carol.expect('POST', `${OWN}/channels`, { recipient_id: id })),
  )
  for (const { id } of others) await carol.expect('PUT', `${OWN}/relationships/${id}`, {})
  const concerned = [...guilds, ...others, ...conversations].map(({ id }) => id).sort()
  await carol.expect('PATCH', OWN, { global_name: 'Carol' })
  await mortal.restart()
  const told = async () => {
    const rows = await query(
      mortal.dataDir,
      `select distinct aggregate_id::text as id from outbox where position is not null and
       (type in ('GUILD_MEMBER_UPDATE', 'CHANNEL_UPDATE') and facts like '%Carol%' or type = 'RELATIONSHIP_ADD' and d like '%Carol%')`,
    )
    return isDeepStrictEqual((rows as { id: string }[]).map(({ id }) => id).sort(), concerned)
  }
  await eventually('all', told, 60_000)
}, 120_000)

test('a profile shows what two have in common, to friends and to those of one guild', async () => {
  const [carol, dora] = [await newPerson(server.http, 'carol'), await newPerson(server.http, 'dora')]
  const profileOf = ({ id }: Person, query = '') => `/users/${id}/profile${query}`
  await carol.expect('PATCH', OWN, { bio: 'Counts.', accent_color: 7 })
  const strange = await ada.request('GET', profileOf(carol))
  expect([strange.status, strange.body.code]).toEqual([403, 50_001])
  expect(await carol.expect('GET', profileOf(carol))).toMatchObject({ user_profile: { bio: 'Counts.' } })

  const befriend = async (one: Person, other: Person) => {
    await one.expect('PUT', `${OWN}/relationships/${other.id}`, {})
    await other.expect('PUT', `${OWN}/relationships/${one.id}`, {})
  }
  await ada.expect('PUT', `${OWN}/relationships/${carol.id}`, {})
  expect((await ada.request('GET', profileOf(carol))).status).toBe(403)
  await carol.expect('PUT', `${OWN}/relationships/${ada.id}`, {})
  expect(await ada.expect('GET', profileOf(carol))).toMatchObject({
    user: { id: carol.id, accent_color: 7 },
    user_profile: { bio: 'Counts.', accent_color: 7 },
    mutual_guilds: [],
  })
  await befriend(dora, ada)
  await befriend(dora, carol)
  const asked = '?with_mutual_guilds=false&with_mutual_friends=true'
  const { mutual_friends, mutual_guilds, mutual_friends_count } = await ada.expect(
    'GET',
    profileOf(carol, asked),
  )
  expect(mutual_friends.map(({ id }: { id: string }) => id)).toEqual([dora.id])
  expect([mutual_guilds, mutual_friends_count]).toEqual([undefined, 1])

  await ada.expect('PATCH', `/guilds/${guild.id}/members/${bob.id}`, { nick: 'Bobby' })
  const ofBob = await ada.expect('GET', profileOf(bob, `?guild_id=${guild.id}`))
  expect(ofBob.mutual_guilds).toContainEqual({ id: guild.id, nick: 'Bobby' })
  expect(ofBob.guild_member).toMatchObject({ nick: 'Bobby', user: { id: bob.id } })
  expect(ofBob.user).not.toHaveProperty('email')
})

test('a guild’s icon and banner are told, noted in its audit log, and served', async () => {
  const client = await GatewayClient.enter(server.gateway, bob.token)
  const { icon, banner } = await ada.expect('PATCH', `/guilds/${guild.id}`, {
    icon: dataUri(MOVING_GIF, 'gif'),
    banner: dataUri(PNG),
  })
  expect(await client.dispatch('GUILD_UPDATE')).toMatchObject({ icon, banner })
  for (const path of [`/icons/${guild.id}/${icon}.gif`, `/banners/${guild.id}/${banner}.png`])
    expect((await imageAt(path)).status).toBe(200)
  expect(await bob.expect('GET', `/guilds/${guild.id}/preview`)).toMatchObject({
    icon,
    approximate_member_count: expect.any(Number),
  })
  const { audit_log_entries } = await ada.expect('GET', `/guilds/${guild.id}/audit-logs?action_type=1`)
  expect(audit_log_entries[0].changes).toContainEqual({ key: 'icon_hash', new_value: icon })
  expect(await ada.expect('PATCH', `/guilds/${guild.id}`, { icon: null })).toMatchObject({
    icon: null,
    banner,
  })
  await client.close()
})

test('[SES-6] an application gives up intents by its flags, and takes them again', async () => {
  const { token, applicationId } = await newBot(ada, guild.id)
  const bot = ada.as(`Bot ${token}`)
  const session = await TestSession.identify(server.gateway, token)
  await session.cut()
  const { flags } = await bot.expect('GET', '/applications/@me')
  const edited = await bot.expect('PATCH', '/applications/@me', { flags: 1 << 6, description: 'Counts.' })
  expect(edited).toMatchObject({ flags: 0, description: 'Counts.', id: applicationId })
  const refused = await GatewayClient.open(server.gateway)
  refused.send({ op: 2, d: { token, intents: 1 << 1, properties: {} } })
  expect((await refused.closed).code).toBe(4014)
  const again = await GatewayClient.open(server.gateway)
  again.resume(token, session.sessionId, session.seq)
  expect((await again.closed).code).toBe(4014)
  expect(await bot.expect('PATCH', '/applications/@me', { flags, icon: dataUri(PNG) })).toMatchObject({
    flags,
  })
  const { icon } = await bot.expect('GET', '/applications/@me')
  expect((await imageAt(`/app-icons/${applicationId}/${icon}.png`)).status).toBe(200)
  const client = await GatewayClient.open(server.gateway)
  await client.identify(token, { intents: 1 << 1 })
  await client.close()
})
