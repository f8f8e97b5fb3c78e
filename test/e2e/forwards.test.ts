import { Client, GatewayIntentBits, type TextChannel } from 'discord.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { emitted } from '#test/support/emitted.ts'
import { GatewayClient } from '#test/support/gateway-client.ts'
import { type Caller, join, newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

const MESSAGE_CONTENT = 1 << 15
const HAS_SNAPSHOT = 1 << 14
const READ_MESSAGE_HISTORY = String(1 << 16)
const NOBODY = '1000000000000000001'

let server: TestServer
let ada: Person
let bob: Person
let home: { id: string; general: string }
let away: { id: string; general: string }
let conversation: string

beforeAll(async () => {
  server = await startServer()
  ;[ada, bob] = (await Promise.all(['ada', 'bob'].map((name) => newPerson(server.http, name)))) as [
    Person,
    Person,
  ]
  home = await newGuild(ada, 'Home')
  away = await newGuild(bob, 'Away')
  await join(ada, bob, home.general)
  conversation = (await bob.expect('POST', '/users/@me/channels', { recipient_id: ada.id })).id
})
afterAll(() => server.stop())

const say = (by: Caller, channel: string, body: object) =>
  by.expect('POST', `/channels/${channel}/messages`, body)
const reference = (message: { id: string; channel_id: string }) => ({
  message_reference: { type: 1, message_id: message.id, channel_id: message.channel_id },
})
const refusal = async (by: Caller, channel: string, body: object) => {
  const { status, body: answer } = await by.request('POST', `/channels/${channel}/messages`, body)
  return [status, answer.code]
}

test('a forward keeps what the message said then, with its files, wherever it goes', async () => {
  const form = new FormData()
  form.set('payload_json', JSON.stringify({ content: `look, <@${bob.id}>`, embeds: [{ title: 'Tea' }] }))
  form.set('files[0]', new Blob(['leaves']), 'tea.txt')
  const answer = await fetch(`${server.http}/api/v10/channels/${home.general}/messages`, {
    method: 'POST',
    headers: { authorization: ada.token },
    body: form,
  })
  const original = (await answer.json()) as { id: string; channel_id: string; timestamp: string }
  const session = await GatewayClient.enter(server.gateway, ada.token)

  const forward = await say(bob, conversation, { ...reference(original), flags: 1 << 12 })
  expect(forward).toMatchObject({
    type: 0,
    content: '',
    flags: HAS_SNAPSHOT | (1 << 12),
    mentions: [],
    message_reference: {
      type: 1,
      message_id: original.id,
      channel_id: home.general,
      guild_id: home.id,
    },
    message_snapshots: [
      {
        message: {
          type: 0,
          content: `look, <@${bob.id}>`,
          timestamp: original.timestamp,
          edited_timestamp: null,
          mentions: [{ id: bob.id }],
          embeds: [{ title: 'Tea' }],
          attachments: [{ filename: 'tea.txt', size: 6 }],
        },
      },
    ],
  })
  expect(forward).not.toHaveProperty('referenced_message')
  const told = await session.dispatch('MESSAGE_CREATE', ({ id }) => id === forward.id)
  expect(told.message_snapshots).toEqual(forward.message_snapshots)

  await ada.expect('PATCH', `/channels/${home.general}/messages/${original.id}`, { content: 'never mind' })
  await ada.expect('DELETE', `/channels/${home.general}/messages/${original.id}`)
  const second = await say(bob, away.general, reference(forward))
  expect(second.message_reference).toEqual(forward.message_reference)
  const [found] = await bob.expect('GET', `/channels/${away.general}/messages`)
  expect(found.message_snapshots[0].message.content).toBe(`look, <@${bob.id}>`)
  const [file] = found.message_snapshots[0].message.attachments
  expect(await (await fetch(file.url)).text()).toBe('leaves')
  await session.close()
})

test('only what one may read is forwarded, and nothing beside it', async () => {
  const message = await say(ada, home.general, { content: 'words' })
  const elsewhere = await say(bob, away.general, { content: 'mine' })
  const forms: [Caller, string, object, [number, number]][] = [
    [ada, home.general, reference(elsewhere), [403, 50_001]],
    [ada, home.general, reference({ id: NOBODY, channel_id: home.general }), [400, 50_035]],
    [ada, home.general, reference({ id: message.id, channel_id: NOBODY }), [404, 10_003]],
    [ada, home.general, { message_reference: { type: 1, message_id: message.id } }, [400, 50_035]],
    [ada, home.general, { message_reference: { type: 2, message_id: message.id } }, [400, 50_035]],
    [ada, home.general, { ...reference(message), content: 'see' }, [400, 50_035]],
    [ada, home.general, { ...reference(message), embeds: [{ title: 'see' }] }, [400, 50_035]],
  ]
  for (const [by, channel, body, expected] of forms)
    expect(await refusal(by, channel, body)).toEqual(expected)
  const [notice] = await ada
    .expect('GET', `/channels/${home.general}/messages?limit=100`)
    .then((all) =>
      (all as { type: number; id: string; channel_id: string }[]).filter(({ type }) => type === 7),
    )
  expect(await refusal(ada, home.general, reference(notice as never))).toEqual([403, 50_021])

  const overwrite = `/channels/${home.general}/permissions/${bob.id}`
  await ada.expect('PUT', overwrite, { type: 1, deny: READ_MESSAGE_HISTORY })
  expect(await refusal(bob, away.general, reference(message))).toEqual([400, 160_014])
  await ada.expect('DELETE', overwrite)

  const forward = await say(ada, home.general, reference(message))
  const path = `/channels/${home.general}/messages/${forward.id}`
  expect((await ada.request('PATCH', path, { content: 'see' })).body.code).toBe(50_035)
  expect((await ada.expect('PATCH', path, { flags: 4 })).flags).toBe(HAS_SNAPSHOT | 4)
})

test('[VIS-6] a bot without MESSAGE_CONTENT reads nothing of what others say or forward, over either interface', async () => {
  const { token, applicationId } = await newBot(ada, home.id)
  const bot = ada.as(`Bot ${token}`)
  await bot.expect('PATCH', '/applications/@me', { flags: 0 })
  const gateway = await GatewayClient.open(server.gateway)
  await gateway.identify(token, { intents: 1 | (1 << 9) })
  const message = await say(ada, home.general, { content: 'words', embeds: [{ title: 'Tea' }] })
  const forward = await say(ada, home.general, reference(message))
  const mention = await say(ada, home.general, { content: `<@${applicationId}>` })
  const reply = await say(bot, home.general, {
    content: 'yes',
    message_reference: { message_id: message.id },
  })
  const told = await gateway.dispatch('MESSAGE_CREATE', ({ id }) => id === forward.id)
  const [ofReply, ofMention, ofForward, ofMessage] = await bot.expect(
    'GET',
    `/channels/${home.general}/messages?limit=4`,
  )
  for (const shown of [told, ofForward])
    expect(shown.message_snapshots[0].message).toMatchObject({ content: '', embeds: [], attachments: [] })
  expect(ofMessage).toMatchObject({ id: message.id, content: '', embeds: [] })
  expect(ofMention).toMatchObject({ id: mention.id, content: `<@${applicationId}>` })
  for (const shown of [ofReply, reply])
    expect(shown).toMatchObject({ id: reply.id, content: 'yes', referenced_message: { content: '' } })
  const theirs = await say(ada, home.general, {
    content: 'no',
    message_reference: { message_id: message.id },
  })
  const toldReply = await gateway.dispatch('MESSAGE_CREATE', ({ id }) => id === theirs.id)
  expect(toldReply).toMatchObject({ content: '', referenced_message: { id: message.id, content: '' } })
  const naming = await say(ada, home.general, {
    content: `no, <@${applicationId}>`,
    message_reference: { message_id: message.id },
  })
  const toBot = await say(ada, home.general, {
    content: 'well',
    message_reference: { message_id: reply.id },
    allowed_mentions: { replied_user: false },
  })
  for (const [id, content, referenced] of [
    [reply.id, 'yes', ''],
    [naming.id, naming.content, ''],
    [toBot.id, '', 'yes'],
  ]) {
    const shown = await gateway.dispatch('MESSAGE_CREATE', (d) => d.id === id)
    expect(shown).toMatchObject({
      content,
      embeds: [],
      referenced_message: { content: referenced, embeds: [] },
    })
    const answered = await bot.expect('GET', `/channels/${home.general}/messages/${id}`)
    expect(shown).toMatchObject({
      content: answered.content,
      referenced_message: answered.referenced_message,
    })
  }
  const copied = await bot.request('POST', `/channels/${home.general}/messages`, reference(message))
  expect(copied.body.code).toBe(160_014)
  await bot.expect('PATCH', '/applications/@me', { flags: 1 << 19 })
  const path = `/channels/${home.general}/messages/${message.id}`
  expect((await bot.expect('GET', path)).content).toBe('words')
  await gateway.close()
})

test('discord.js forwards, and knows a forward', async () => {
  const { token } = await newBot(ada, home.id)
  const client = new Client({
    rest: { api: `${server.http}/api`, cdn: server.http, version: '10' },
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, MESSAGE_CONTENT],
  })
  const ready = emitted(client, 'clientReady')
  await client.login(token)
  await ready
  const channel = client.channels.cache.get(home.general) as TextChannel
  const message = await channel.send('words')
  const forward = await message.forward(channel)
  expect(forward.messageSnapshots.first()?.content).toBe('words')
  expect(forward.flags.has(HAS_SNAPSHOT)).toBe(true)
  await client.destroy()
})
