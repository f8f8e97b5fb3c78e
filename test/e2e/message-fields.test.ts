import { afterAll, beforeAll, expect, test } from 'vitest'
import { GatewayClient } from '#test/support/gateway-client.ts'
import { outcome } from '#test/support/moderated-guild.ts'
import { join, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

let server: TestServer
let ada: Person
let bob: Person
let carl: Person
let messages: string

beforeAll(async () => {
  server = await startServer()
  ada = await newPerson(server.http, 'ada')
  bob = await newPerson(server.http, 'bob')
  carl = await newPerson(server.http, 'carl')
  const guild = await newGuild(ada)
  for (const guest of [bob, carl]) await join(ada, guest, guild.general)
  messages = `/channels/${guild.general}/messages`
})
afterAll(() => server.stop())

test('an embed is stored with what is documented of it, and nothing else that its sender has put there', async () => {
  const url = 'https://example.org/tea'
  const image = { url, junk: 'x'.repeat(500_000) }
  const { id } = await ada.expect('POST', messages, { embeds: [{ title: 'Tea', image }] })
  const read = await bob.expect('GET', `${messages}/${id}`)
  expect(read.embeds).toEqual([{ type: 'rich', title: 'Tea', image: { url } }])
  for (const embed of [
    { title: 'Tea', url: 'javascript:alert(1)' },
    { title: 'Tea', timestamp: 'five' },
    { fields: [{ name: '', value: 'x' }] },
  ]) {
    expect(await outcome(ada, 'POST', messages, { embeds: [embed] })).toBe('400 50035')
    expect(await outcome(ada, 'PATCH', `${messages}/${id}`, { embeds: [embed] })).toBe('400 50035')
  }
})

test('pictures of an embed may be files of its message, by links that are renewed', async () => {
  const form = new FormData()
  const embeds = [{ title: 'Tea', url: 'https://example.org', image: { url: 'attachment://cup.png' } }]
  form.set('payload_json', JSON.stringify({ embeds }))
  form.set('files[0]', new Blob(['picture']), 'cup.png')
  const sent = await ada.expect('POST', messages, form)
  const read = await bob.expect('GET', `${messages}/${sent.id}`)
  for (const { embeds, attachments } of [sent, read]) {
    const withoutTimes = (url: string) => url.replace(/\?.*/, '')
    expect(withoutTimes(embeds[0].image.url)).toBe(withoutTimes(attachments[0].url))
    expect(embeds[0].url).toBe('https://example.org')
    expect(await (await fetch(embeds[0].image.url)).text()).toBe('picture')
  }
})

test('embeds that are suppressed are not shown, and come again', async () => {
  const { id } = await ada.expect('POST', messages, { content: 'see', embeds: [{ title: 'Tea' }] })
  const set = (flags: number) => ada.expect('PATCH', `${messages}/${id}`, { flags })
  expect((await set(1 << 2)).embeds).toEqual([])
  expect((await bob.expect('GET', `${messages}/${id}`)).embeds).toEqual([])
  expect((await set(0)).embeds).toEqual([{ type: 'rich', title: 'Tea' }])
})

test('events tell the memberships of who is mentioned, answers do not', async () => {
  const client = await GatewayClient.enter(server.gateway, bob.token)
  const sent = await ada.expect('POST', messages, { content: `<@${carl.id}>` })
  const created = await client.dispatch('MESSAGE_CREATE', ({ id }) => id === sent.id)
  expect(created.mentions).toMatchObject([{ id: carl.id, member: { roles: [], nick: null } }])
  const edited = await ada.expect('PATCH', `${messages}/${sent.id}`, { content: `<@${bob.id}>` })
  const updated = await client.dispatch('MESSAGE_UPDATE', ({ id }) => id === sent.id)
  expect(updated.mentions).toMatchObject([{ id: bob.id, member: { roles: [] } }])
  for (const { mentions } of [sent, edited, await bob.expect('GET', `${messages}/${sent.id}`)])
    expect(mentions[0]).not.toHaveProperty('member')
  await client.close()
})

test('without the permissions for them there are neither embeds nor files, new or by an edit', async () => {
  const path = `${messages.replace('/messages', '')}/permissions/${bob.id}`
  const mine = await bob.expect('POST', messages, { content: 'mine', embeds: [{ title: 'Tea' }] })
  await ada.expect('PUT', path, { type: 1, deny: String((1 << 14) | (1 << 15)) })
  expect(await outcome(bob, 'POST', messages, { content: 'x', embeds: [{ title: 'Tea' }] })).toBe('403 50013')
  const form = new FormData()
  form.set('files[0]', new Blob(['x']), 'x.txt')
  expect(await outcome(bob, 'PATCH', `${messages}/${mine.id}`, form)).toBe('403 50013')
  const edited = { embeds: [{ title: 'Coffee' }] }
  expect(await outcome(bob, 'PATCH', `${messages}/${mine.id}`, edited)).toBe('403 50013')
  expect((await bob.expect('PATCH', `${messages}/${mine.id}`, { content: 'still' })).embeds).toHaveLength(1)
  await ada.expect('DELETE', path)
})

test('an edited reply notifies the author replied to, unless it says otherwise, and nobody in his place', async () => {
  const first = await bob.expect('POST', messages, { content: 'first' })
  const reply = await ada.expect('POST', messages, {
    content: `see, <@${carl.id}>`,
    message_reference: { message_id: first.id },
    allowed_mentions: { parse: ['users'], replied_user: false },
  })
  const mentioned = async (content: string, replied_user?: boolean) => {
    const allowed_mentions = replied_user === undefined ? undefined : { parse: ['users'], replied_user }
    const edited = await ada.expect('PATCH', `${messages}/${reply.id}`, { content, allowed_mentions })
    return edited.mentions.map(({ id }: { id: string }) => id)
  }
  expect(await mentioned('see', true)).toEqual([bob.id])
  expect(await mentioned('see', false)).toEqual([])
  expect(await mentioned(`see, <@${carl.id}>`, false)).toEqual([carl.id])
  expect(await mentioned('see')).toEqual([bob.id])
  expect((await bob.expect('GET', `${messages}/${reply.id}`)).mentions).toMatchObject([{ id: bob.id }])
})

test('a message may be silent or without embeds; the latter is taken back, the former not, and no other flag is one’s own', async () => {
  const [SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS, CROSSPOSTED, HAS_SNAPSHOT] = [1 << 2, 1 << 12, 1, 1 << 14]
  const both = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS
  const flags = both | CROSSPOSTED | HAS_SNAPSHOT
  const { id, ...sent } = await ada.expect('POST', messages, { content: 'psst', flags })
  expect(sent.flags).toBe(both)
  const edited = async (wanted: number) =>
    (await ada.expect('PATCH', `${messages}/${id}`, { flags: wanted })).flags
  expect(await edited(0)).toBe(SUPPRESS_NOTIFICATIONS)
  expect(await edited(flags)).toBe(both)
  expect((await bob.expect('GET', `${messages}/${id}`)).flags).toBe(both)
  expect(await outcome(bob, 'PATCH', `${messages}/${id}`, { flags: 0 })).toBe('403 50013')
  expect(await outcome(ada, 'POST', messages, { content: 'psst', flags: -1 })).toBe('400 50035')
})

test('reactions of another kind are those of nobody', async () => {
  const { id } = await ada.expect('POST', messages, { content: 'tea' })
  const thumb = `${messages}/${id}/reactions/%F0%9F%91%8D`
  await ada.expect('PUT', `${thumb}/@me`)
  expect(await bob.expect('GET', `${thumb}?type=0`)).toHaveLength(1)
  expect(await bob.expect('GET', `${thumb}?type=1`)).toEqual([])
  expect(await outcome(bob, 'GET', `${thumb}?type=2`)).toBe('400 50035')
})
