import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestSession } from '#test/support/gateway-client.ts'
import { outcome } from '#test/support/moderated-guild.ts'
import { join, newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { dataUri, PNG } from '#test/support/pictures.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

const VIEW_CHANNEL = String(1 << 10)
const NOBODY = '1000000000000000001'

let server: TestServer
let ada: Person
let bob: Person

beforeAll(async () => {
  server = await startServer()
  ;[ada, bob] = (await Promise.all(['ada', 'bob'].map((name) => newPerson(server.http, name)))) as [
    Person,
    Person,
  ]
})
afterAll(() => server.stop())

const guildOfBoth = async () => {
  const guild = await newGuild(ada)
  await join(ada, bob, guild.general)
  return guild
}

test('[VIS-3][PERM-1] a guild is handed over: the new owner sees all, the former what is left to him', async () => {
  const { id } = await guildOfBoth()
  const path = `/guilds/${id}`
  const hidden = await ada.expect('POST', `${path}/channels`, {
    name: 'hidden',
    permission_overwrites: [{ id, type: 0, deny: VIEW_CHANNEL }],
  })
  const bot = await newBot(ada, id)
  const sessions = await Promise.all(
    [ada, bob].map(({ token }) => TestSession.identify(server.gateway, token)),
  )
  const [ofAda, ofBob] = sessions as [TestSession, TestSession]
  for (const owner_id of [NOBODY, bot.applicationId])
    expect(await outcome(ada, 'PATCH', path, { owner_id })).toBe('400 50035')
  expect(await outcome(bob, 'PATCH', path, { owner_id: bob.id })).toBe('403 50013')

  expect(await ada.expect('PATCH', path, { owner_id: bob.id })).toMatchObject({ owner_id: bob.id })
  const isHidden = ({ d }: { d: { id?: string } }) => d.id === hidden.id
  await ofBob.until((frame) => frame.t === 'CHANNEL_CREATE' && isHidden(frame))
  await ofAda.until((frame) => frame.t === 'CHANNEL_DELETE' && isHidden(frame))
  const told = await ofAda.until(({ t }) => t === 'GUILD_UPDATE')
  expect(told.d.owner_id).toBe(bob.id)
  const { audit_log_entries: entries } = await bob.expect('GET', `${path}/audit-logs?action_type=1`)
  expect(entries[0]).toMatchObject({
    user_id: ada.id,
    changes: [{ key: 'owner_id', old_value: ada.id, new_value: bob.id }],
  })
  expect(await outcome(ada, 'PATCH', path, { owner_id: ada.id })).toBe('403 50013')
  expect(await outcome(bob, 'DELETE', `/users/@me/guilds/${id}`)).toBe('403 50013')
  expect(await outcome(ada, 'DELETE', `/users/@me/guilds/${id}`)).toBe('204')
  expect(await outcome(bob, 'DELETE', path)).toBe('204')
  expect(sessions.flatMap(({ problems }) => problems)).toEqual([])
  await Promise.all(sessions.map(({ client }) => client.close()))
})

test('a guild names channels of its own, of the right types, until they are deleted', async () => {
  const { id, general } = await newGuild(ada)
  const path = `/guilds/${id}`
  const voice = await ada.expect('POST', `${path}/channels`, { name: 'Voice', type: 2 })
  const rules = await ada.expect('POST', `${path}/channels`, { name: 'rules' })
  for (const body of [
    { afk_channel_id: general },
    { system_channel_id: voice.id },
    { rules_channel_id: NOBODY },
    { public_updates_channel_id: id },
  ])
    expect(await outcome(ada, 'PATCH', path, body)).toBe('400 50035')
  const named = {
    afk_channel_id: voice.id,
    afk_timeout: 60,
    rules_channel_id: rules.id,
    public_updates_channel_id: rules.id,
  }
  expect(await ada.expect('PATCH', path, named)).toMatchObject(named)
  await ada.expect('DELETE', `/channels/${rules.id}`)
  expect(await ada.expect('GET', path)).toMatchObject({
    ...named,
    rules_channel_id: null,
    public_updates_channel_id: null,
    system_channel_id: general,
  })
})

test('a role has a picture or an emoji beside its members’ names', async () => {
  const { id } = await guildOfBoth()
  const roles = `/guilds/${id}/roles`
  const role = await ada.expect('POST', roles, { name: 'brewers', unicode_emoji: '🍵' })
  expect(role).toMatchObject({ icon: null, unicode_emoji: '🍵' })
  const path = `${roles}/${role.id}`
  const drawn = await ada.expect('PATCH', path, { icon: dataUri(PNG) })
  expect(drawn).toMatchObject({ icon: expect.stringMatching(/^[0-9a-f]{32}$/), unicode_emoji: null })
  const picture = await fetch(`${server.http}/role-icons/${role.id}/${drawn.icon}.png`)
  expect(Buffer.from(await picture.arrayBuffer())).toEqual(PNG)
  expect(await ada.expect('PATCH', path, { icon: null })).toMatchObject({ icon: null, unicode_emoji: null })
  expect(await ada.expect('PATCH', path, { unicode_emoji: '🫖' })).toMatchObject({ unicode_emoji: '🫖' })
  expect(await ada.expect('PATCH', path, { unicode_emoji: null })).toMatchObject({ unicode_emoji: null })
  for (const body of [
    { icon: 'data:image/png;base64,' },
    { unicode_emoji: 'tea' },
    { icon: dataUri(PNG), unicode_emoji: '🍵' },
  ])
    expect(await outcome(ada, 'PATCH', path, body)).toBe('400 50035')
  expect(await outcome(bob, 'PATCH', path, { icon: dataUri(PNG) })).toBe('403 50013')
  expect(await outcome(bob, 'POST', roles, { icon: dataUri(PNG) })).toBe('403 50013')
})

test('a preview shows the guild’s emojis', async () => {
  const { id } = await newGuild(ada)
  const emoji = await ada.expect('POST', `/guilds/${id}/emojis`, { name: 'kettle', image: dataUri(PNG) })
  const preview = await ada.expect('GET', `/guilds/${id}/preview`)
  expect(preview.emojis).toEqual([expect.objectContaining({ id: emoji.id, name: 'kettle' })])
})
