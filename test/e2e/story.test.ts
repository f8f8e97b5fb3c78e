import { randomBytes } from 'node:crypto'
import {
  AuditLogEvent,
  ChannelType,
  Client,
  DiscordAPIError,
  DiscordjsError,
  Events,
  GatewayIntentBits,
  type Guild,
  type GuildAuditLogsEntry,
  type GuildBan,
  type GuildEmoji,
  type GuildMember,
  type Message,
  MessageType,
  type OmitPartialGroupDMChannel,
  PermissionFlagsBits,
  type TextChannel,
} from 'discord.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { complaintsOf, emitted } from '#test/support/emitted.ts'
import { eventually } from '#test/support/eventually.ts'
import { join, newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { MOVING_GIF, PNG } from '#test/support/pictures.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

type Received = OmitPartialGroupDMChannel<Message>

let server: TestServer
let ada: Person
let bob: Person
let client: Client<true>
let complaints: string[]
let home: { id: string; general: string }
let invite: string

const newClient = () =>
  new Client({
    rest: { api: `${server.http}/api`, cdn: server.http, version: '10' },
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMembers,
      GatewayIntentBits.GuildModeration,
      GatewayIntentBits.GuildExpressions,
      GatewayIntentBits.GuildPresences,
      GatewayIntentBits.GuildMessages,
      GatewayIntentBits.GuildMessageReactions,
      GatewayIntentBits.GuildMessageTyping,
      GatewayIntentBits.DirectMessages,
      GatewayIntentBits.GuildInvites,
      GatewayIntentBits.MessageContent,
    ],
  })

beforeAll(async () => {
  server = await startServer()
  ada = await newPerson(server.http, 'ada')
  bob = await newPerson(server.http, 'bob')
  home = await newGuild(ada, 'Tea room')
  invite = (await ada.expect('POST', `/channels/${home.general}/invites`, { max_age: 0 })).code
  await bob.expect('POST', `/invites/${invite}`, {})
  const { token } = await newBot(ada, home.id)
  const joining = newClient()
  complaints = complaintsOf(joining)
  joining.rest.on('invalidRequestWarning', (data) => complaints.push(JSON.stringify(data)))
  const ready = emitted<[Client<true>]>(joining, Events.ClientReady)
  await joining.login(token)
  ;[client] = await ready
})
afterAll(async () => {
  await client?.destroy()
  await server.stop()
})

const guild = (): Guild => client.guilds.cache.get(home.id) as Guild
const general = () => client.channels.cache.get(home.general) as TextChannel
const says = (content: string, channelId = home.general) =>
  bob.expect('POST', `/channels/${channelId}/messages`, { content })

/** What the bot receives after somebody says it. */
async function heard(content: string): Promise<Received> {
  const received = emitted<[Received]>(client, Events.MessageCreate, (message) => message.content === content)
  await says(content)
  return (await received)[0]
}

test('is ready with the guild, its members and channels', () => {
  expect(client.user.bot).toBe(true)
  expect(client.application.id).toMatch(/^\d{17,19}$/)
  expect([...client.guilds.cache.keys()]).toEqual([home.id])
  expect(guild()).toMatchObject({ name: 'Tea room', ownerId: ada.id, available: true, memberCount: 3 })
  expect([...guild().members.cache.keys()].sort()).toEqual([ada.id, bob.id, client.user.id].sort())
  expect(
    guild()
      .channels.cache.map(({ type }) => type)
      .sort(),
  ).toEqual([ChannelType.GuildText, ChannelType.GuildCategory])
  expect(guild().systemChannel?.id).toBe(home.general)
  expect(guild().members.me?.permissions.has(PermissionFlagsBits.Administrator)).toBe(true)
  expect(general().parent?.name).toBe('Text Channels')
})

test('receives, replies, edits, reacts, reads the history and deletes', async () => {
  const question = await heard('ping?')
  expect(question).toMatchObject({ type: MessageType.Default, author: { id: bob.id, bot: false } })
  expect(question.member?.displayName).toBe(bob.username)

  const answer = await question.reply('pong')
  expect(answer).toMatchObject({ type: MessageType.Reply, reference: { messageId: question.id } })
  const shown = await bob.expect('GET', `/channels/${home.general}/messages/${answer.id}`)
  expect(shown).toMatchObject({
    type: 19,
    author: { id: client.user.id, bot: true },
    message_reference: { message_id: question.id, channel_id: home.general, guild_id: home.id },
    referenced_message: { id: question.id, content: 'ping?' },
    mentions: [{ id: bob.id }],
  })
  expect((await (await answer.fetchReference()).fetch()).content).toBe('ping?')

  const updated = emitted<[Message, Message]>(client, Events.MessageUpdate, (_, { id }) => id === answer.id)
  await answer.edit('pong!')
  const [before, after] = await updated
  expect([before.content, after.content]).toEqual(['pong', 'pong!'])
  expect(after.editedAt).toBeInstanceOf(Date)

  const reacted = emitted<[object, { id: string }]>(
    client,
    Events.MessageReactionAdd,
    (_, { id }) => id === bob.id,
  )
  await question.react('👍')
  await bob.expect('PUT', `/channels/${home.general}/messages/${question.id}/reactions/👍/@me`)
  await reacted
  const fetched = await question.fetch(true)
  expect(fetched.reactions.cache.get('👍')).toMatchObject({ count: 2, me: true })
  const users = await fetched.reactions.cache.get('👍')?.users.fetch()
  expect([...(users?.keys() ?? [])].sort()).toEqual([bob.id, client.user.id].sort())
  await fetched.reactions.cache.get('👍')?.users.remove(bob.id)
  expect((await question.fetch(true)).reactions.cache.get('👍')?.count).toBe(1)
  await question.reactions.removeAll()
  expect((await question.fetch(true)).reactions.cache.size).toBe(0)

  const history = await general().messages.fetch({ limit: 2 })
  expect(history.map(({ content }) => content)).toEqual(['pong!', 'ping?'])
  const older = await general().messages.fetch({ before: answer.id, limit: 1 })
  expect(older.map(({ id }) => id)).toEqual([question.id])

  const deleted = emitted<[{ id: string }]>(client, Events.MessageDelete)
  await answer.delete()
  expect((await deleted)[0].id).toBe(answer.id)
  await expect(general().messages.fetch({ message: answer.id, force: true })).rejects.toMatchObject({
    code: 10008,
  })
})

test('sends a file whose bytes come back, by links that nobody can forge', async () => {
  const bytes = randomBytes(300_000)
  const message = await general().send({
    content: 'a file',
    files: [{ attachment: bytes, name: 'tea leaves.bin', description: 'ground' }],
  })
  const attachment = message.attachments.first()
  expect(attachment).toMatchObject({ size: bytes.length, name: 'tea_leaves.bin', description: 'ground' })
  const download = async (url: string) => fetch(url)
  const url = attachment?.url as string
  expect(url).toMatch(`${server.http}/attachments/${home.general}/`)
  const response = await download(url)
  expect(response.status).toBe(200)
  expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true)

  const shown = await bob.expect('GET', `/channels/${home.general}/messages/${message.id}`)
  expect((await download(shown.attachments[0].url)).status).toBe(200)
  const signature = new URL(url).searchParams.get('hm') as string
  const tampered = signature.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))
  for (const forged of [
    url.replace(signature, tampered),
    url.replace(/&hm=.*/, ''),
    url.replace(/\?.*/, ''),
    url.replace(/ex=(\w+)/, (_, ex) => `ex=${(Number.parseInt(ex, 16) + 1).toString(16)}`),
    url.replace('tea_leaves', 'coffee'),
  ]) {
    expect((await download(forged)).status).toBe(404)
  }

  await message.edit({ content: 'no file', attachments: [] })
  expect((await message.fetch(true)).attachments.size).toBe(0)
})

test('fetches members: all, by name, by id', async () => {
  guild().members.cache.clear()
  expect((await guild().members.fetch()).size).toBe(3)
  const byName = await guild().members.fetch({ query: bob.username, limit: 5 })
  expect([...byName.keys()]).toEqual([bob.id])
  const byId = await guild().members.fetch({ user: [ada.id, bob.id] })
  expect([...byId.keys()].sort()).toEqual([ada.id, bob.id].sort())
  expect((await guild().members.fetch({ user: ada.id, force: true })).id).toBe(ada.id)
  const listed = await guild().members.list({ limit: 1000 })
  expect(listed.size).toBe(3)
})

test('fetches an invite', async () => {
  const fetched = await client.fetchInvite(invite)
  expect(fetched).toMatchObject({ code: invite, channelId: home.general, inviterId: ada.id })
  expect(fetched.guild?.id).toBe(home.id)
})

test('writes to a person, who answers', async () => {
  const person = await client.users.fetch(bob.id)
  const sent = await person.send('hello')
  const [dm] = await bob.expect('GET', '/users/@me/channels')
  expect(dm).toMatchObject({ id: sent.channelId, type: 1, recipients: [{ id: client.user.id }] })
  expect(await bob.expect('GET', `/channels/${dm.id}/messages`)).toMatchObject([{ content: 'hello' }])
  const received = emitted<[Message]>(client, Events.MessageCreate, ({ channelId }) => channelId === dm.id)
  await says('hello, you', dm.id)
  const [answer] = await received
  expect(answer).toMatchObject({ content: 'hello, you', guildId: null, author: { id: bob.id } })
  expect(answer.channel.isDMBased()).toBe(true)
  expect((await ada.request('GET', `/channels/${dm.id}/messages`)).body.code).toBe(50001)
})

test('edits roles and overwrites, which decide what a person may do', async () => {
  const created = emitted<[{ name: string }]>(client, Events.GuildRoleCreate)
  const role = await guild().roles.create({
    name: 'pourers',
    colors: { primaryColor: 0x336699 },
    permissions: [PermissionFlagsBits.ManageMessages],
    hoist: true,
  })
  expect((await created)[0].name).toBe('pourers')
  const member = guild().members.cache.get(bob.id) as GuildMember
  const updated = emitted<[GuildMember, GuildMember]>(
    client,
    Events.GuildMemberUpdate,
    (_, { id, roles }) => id === bob.id && roles.cache.has(role.id),
  )
  await member.roles.add(role)
  await updated
  const mine = await general().send('pinned by nobody')
  await bob.expect('DELETE', `/channels/${home.general}/messages/${mine.id}`)

  const renamed = emitted<[object, { name: string }]>(client, Events.GuildRoleUpdate)
  await role.edit({ name: 'brewers', permissions: [] })
  expect((await renamed)[1].name).toBe('brewers')
  const other = await general().send('stays')
  const refused = await bob.request('DELETE', `/channels/${home.general}/messages/${other.id}`)
  expect(refused).toMatchObject({ status: 403, body: { code: 50013 } })

  await general().permissionOverwrites.edit(bob.id, { SendMessages: false })
  const silenced = await bob.request('POST', `/channels/${home.general}/messages`, { content: 'no' })
  expect(silenced).toMatchObject({ status: 403, body: { code: 50013 } })
  await eventually('the cached permissions', () => !general().permissionsFor(bob.id)?.has('SendMessages'))
  await general().permissionOverwrites.delete(bob.id)
  await heard('I may again')

  const removed = emitted<[{ id: string }]>(client, Events.GuildRoleDelete)
  await role.delete('no longer needed')
  expect((await removed)[0].id).toBe(role.id)
  await eventually('the role to be gone', () => !guild().members.cache.get(bob.id)?.roles.cache.has(role.id))
})

test('makes, edits and deletes a channel', async () => {
  const made = emitted<[TextChannel]>(client, Events.ChannelCreate)
  const channel = await guild().channels.create({ name: 'The Back Room', topic: 'quiet', nsfw: true })
  expect((await made)[0]).toMatchObject({ name: 'the-back-room', topic: 'quiet', nsfw: true })
  const edited = emitted<[object, TextChannel]>(client, Events.ChannelUpdate)
  await channel.setTopic('loud')
  expect((await edited)[1].topic).toBe('loud')
  for (let n = 0; n < 3; n++) await channel.send(String(n))
  const bulk = emitted<[{ size: number }]>(client, Events.MessageBulkDelete)
  await channel.bulkDelete(3)
  expect((await bulk)[0].size).toBe(3)
  expect((await channel.messages.fetch()).size).toBe(0)
  const gone = emitted<[{ id: string }]>(client, Events.ChannelDelete)
  await channel.delete()
  expect((await gone)[0].id).toBe(channel.id)
})

test('types, and sees who types', async () => {
  const typing = emitted<[{ user: { id: string }; channel: { id: string } }]>(client, Events.TypingStart)
  await bob.expect('POST', `/channels/${home.general}/typing`)
  expect((await typing)[0]).toMatchObject({ user: { id: bob.id }, channel: { id: home.general } })
  await general().sendTyping()
})

test('sees people come and go', async () => {
  const carol = await newPerson(server.http, 'carol')
  const added = emitted<[GuildMember]>(client, Events.GuildMemberAdd)
  const welcomed = emitted<[Message]>(
    client,
    Events.MessageCreate,
    ({ type }) => type === MessageType.UserJoin,
  )
  await join(ada, carol, home.general)
  expect((await added)[0].id).toBe(carol.id)
  expect((await welcomed)[0].author.id).toBe(carol.id)
  const removed = emitted<[GuildMember]>(client, Events.GuildMemberRemove)
  await guild().members.kick(carol.id)
  expect((await removed)[0].id).toBe(carol.id)
  expect((await carol.request('GET', `/guilds/${home.id}`)).body.code).toBe(50001)
})

test('times out and renames members, bans and unbans them, and reads who did what', async () => {
  const dora = await newPerson(server.http, 'dora')
  await join(ada, dora, home.general)
  const member = await guild().members.fetch(dora.id)
  const entries: GuildAuditLogsEntry[] = []
  const entered = (entry: GuildAuditLogsEntry) => entries.push(entry)
  client.on(Events.GuildAuditLogEntryCreate, entered)

  const renamed = emitted<[GuildMember, GuildMember]>(client, Events.GuildMemberUpdate)
  await member.setNickname('Dori', 'shorter')
  expect((await renamed)[1].nickname).toBe('Dori')
  const timedOut = await member.timeout(60_000, 'too loud')
  expect(timedOut.isCommunicationDisabled()).toBe(true)
  const silenced = await dora.request('POST', `/channels/${home.general}/messages`, { content: 'x' })
  expect(silenced.body.code).toBe(50013)
  expect((await member.timeout(null)).isCommunicationDisabled()).toBe(false)
  expect((await guild().members.search({ query: 'dor', limit: 10 })).has(dora.id)).toBe(true)
  expect((await guild().members.me?.setNickname('Kettle'))?.nickname).toBe('Kettle')

  const said = await dora.expect('POST', `/channels/${home.general}/messages`, { content: 'x' })
  const bulk = emitted<[{ has(id: string): boolean }]>(client, Events.MessageBulkDelete)
  const banned = emitted<[GuildBan]>(client, Events.GuildBanAdd)
  await guild().bans.create(dora.id, { reason: 'far too loud', deleteMessageSeconds: 3_600 })
  expect((await banned)[0].user.id).toBe(dora.id)
  expect((await bulk)[0].has(said.id)).toBe(true)
  expect(await guild().bans.fetch(dora.id)).toMatchObject({ reason: 'far too loud' })
  expect([...(await guild().bans.fetch()).keys()]).toEqual([dora.id])
  expect((await dora.request('POST', `/invites/${invite}`, {})).body.code).toBe(40007)
  const unbanned = emitted<[GuildBan]>(client, Events.GuildBanRemove)
  await guild().members.unban(dora.id)
  expect((await unbanned)[0].user.id).toBe(dora.id)
  const { bannedUsers, failedUsers } = await guild().bans.bulkCreate([dora.id, ada.id])
  expect([bannedUsers, failedUsers]).toEqual([[dora.id], [ada.id]])
  await guild().bans.remove(dora.id)

  const log = await guild().fetchAuditLogs({ type: AuditLogEvent.MemberBanAdd, limit: 5 })
  expect(log.entries.map(({ executorId, targetId, reason }) => [executorId, targetId, reason])).toEqual([
    [client.user.id, dora.id, null],
    [client.user.id, dora.id, 'far too loud'],
  ])
  await eventually('the entries', () => entries.length === 8)
  client.off(Events.GuildAuditLogEntryCreate, entered)
  expect(entries.map(({ action }) => action)).toEqual([24, 24, 24, 24, 22, 23, 22, 23])
  expect(entries[0]).toMatchObject({ reason: 'shorter', changes: [{ key: 'nick', new: 'Dori' }] })
})

test('makes emojis, shows and reacts with them, renames and deletes them', async () => {
  const made = emitted<[GuildEmoji]>(client, Events.GuildEmojiCreate)
  const emoji = await guild().emojis.create({ attachment: MOVING_GIF, name: 'steam', reason: 'tea' })
  expect((await made)[0]).toBe(emoji)
  expect(emoji).toMatchObject({ name: 'steam', animated: true, author: { id: client.user.id } })
  const file = await fetch(emoji.imageURL())
  expect(Buffer.from(await file.arrayBuffer()).equals(MOVING_GIF)).toBe(true)
  const still = await guild().emojis.create({ attachment: PNG, name: 'kettle' })
  const message = await heard('tea?')
  for (const one of [emoji, still]) await message.react(one)
  const { reactions } = await message.fetch(true)
  expect([...reactions.cache.values()].map(({ emoji: { id, name } }) => [id, name])).toEqual([
    [emoji.id, 'steam'],
    [still.id, 'kettle'],
  ])
  await reactions.cache.get(emoji.id)?.remove()
  const renamed = emitted<[GuildEmoji, GuildEmoji]>(client, Events.GuildEmojiUpdate)
  expect(await still.edit({ name: 'pot' })).toMatchObject({ name: 'pot' })
  expect((await renamed)[1].name).toBe('pot')
  expect((await still.fetchAuthor()).id).toBe(client.user.id)
  const gone = emitted<[GuildEmoji]>(client, Events.GuildEmojiDelete)
  await emoji.delete()
  expect((await gone)[0].id).toBe(emoji.id)
  expect([...(await guild().emojis.fetch()).keys()]).toEqual([still.id])
})

test('is told what is wrong, in its own words', async () => {
  await expect(general().send({ content: 'x'.repeat(2001) })).rejects.toThrow(/2000 or fewer/)
  await expect(general().send({ content: '' })).rejects.toBeInstanceOf(DiscordAPIError)
  const stranger = newClient()
  const refusal = await stranger.login('bm90aGluZw.nothing.at-all').catch((error) => error)
  expect(refusal).toBeInstanceOf(DiscordjsError)
  expect(refusal.code).toBe('TokenInvalid')
  await stranger.destroy()
})

test('complained of nothing', () => {
  expect(complaints).toEqual([])
})
