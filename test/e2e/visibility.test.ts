import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { Intent } from '#shared/protocol/intents.ts'
import { ClientModel } from '#test/support/client-model.ts'
import { comparable, type Received, TestSession } from '#test/support/gateway-client.ts'
import { join, newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

const VIEW = String(Permission.VIEW_CHANNEL)

let server: TestServer
let ada: Person
let bob: Person
/** Where everybody always sees everything: its messages mark moments. */
let home: { id: string; general: string }

beforeAll(async () => {
  server = await startServer()
  ada = await newPerson(server.http, 'ada')
  bob = await newPerson(server.http, 'bob')
  home = await newGuild(ada, 'Home')
  await join(ada, bob, home.general)
})
afterAll(async () => {
  await server.stop()
})

const say = (who: Person, channel: string, content: string) =>
  who.expect('POST', `/channels/${channel}/messages`, { content })

/** Durable dispatches since `from` that came before a mark set now; the mark itself is left out. */
async function upToNow(session: TestSession, from: number): Promise<Received[]> {
  const { id } = await say(ada, home.general, 'mark')
  const { s } = await session.until(({ d }) => d.id === id)
  expect(session.problems).toEqual([])
  expect(session.seq).toBe(s)
  return session.stream.slice(from, -1)
}

/** Name, and what shows which one it is. */
const shown = (frames: readonly Received[]) => frames.map(({ t, d }) => `${t} ${d.content || d.id || ''}`)

/**
 * What Bob is sent for `happens`, of which a second session misses everything and gets it by RESUME: both
 * have to be the same.
 */
async function sentToBob(happens: () => Promise<unknown>): Promise<Received[]> {
  const [live, resumed] = await Promise.all([
    TestSession.identify(server.gateway, bob.token),
    TestSession.identify(server.gateway, bob.token),
  ])
  const from = live.seq
  await resumed.cut()
  await happens()
  const sent = await upToNow(live, from)
  const replay = await resumed.resume(server.gateway)
  expect(comparable(replay.slice(0, -1))).toEqual(comparable(sent))
  expect(replay.map(({ s }) => s)).toEqual(replay.map((_, index) => from + 1 + index))
  await live.client.close()
  await resumed.client.close()
  return sent
}

describe('a channel that goes out of sight and comes back', () => {
  test('[VIS-2][VIS-3][RES-4][RES-5] by an overwrite: what was sent in between stays unseen', async () => {
    const guild = await newGuild(ada)
    await join(ada, bob, guild.general)
    const seen = await say(ada, guild.general, 'seen')
    const sent = await sentToBob(async () => {
      const path = `/channels/${guild.general}/permissions/${bob.id}`
      await ada.expect('PUT', path, { type: 1, deny: VIEW })
      const hidden = await say(ada, guild.general, 'hidden')
      const at = `/channels/${guild.general}/messages`
      await ada.expect('PATCH', `${at}/${seen.id}`, { content: 'hidden edit' })
      await ada.expect('PUT', `${at}/${seen.id}/reactions/${encodeURIComponent('👍')}/@me`)
      await ada.expect('DELETE', `${at}/${hidden.id}`)
      await ada.expect('PATCH', `/channels/${guild.general}`, { topic: 'hidden topic' })
      await ada.expect('DELETE', path)
      await say(ada, guild.general, 'seen again')
    })
    expect(shown(sent)).toEqual([
      `CHANNEL_DELETE ${guild.general}`,
      `CHANNEL_CREATE ${guild.general}`,
      'MESSAGE_CREATE seen again',
    ])
    expect(sent[1]?.d.topic).toBe('hidden topic')
    expect(JSON.stringify([sent[0], sent[2]])).not.toContain('hidden')
  })

  test('[PERM-18][VIS-3][RES-4][RES-5] by an overwrite of its category, if it had the same', async () => {
    const guild = await newGuild(ada)
    await join(ada, bob, guild.general)
    const make = (fields: object) => ada.expect('POST', `/guilds/${guild.id}/channels`, fields)
    const mute = { id: bob.id, type: 1, allow: '0', deny: String(Permission.SEND_MESSAGES) }
    const category = await make({ name: 'Rooms', type: 4 })
    const synced = await make({ name: 'synced', parent_id: category.id })
    const apart = await make({ name: 'apart', parent_id: category.id, permission_overwrites: [mute] })
    const outside = await make({ name: 'outside' })
    const sent = await sentToBob(async () => {
      const path = `/channels/${category.id}/permissions/${bob.id}`
      await ada.expect('PUT', path, { type: 1, deny: VIEW })
      await say(ada, synced.id, 'hidden')
      await say(ada, apart.id, 'not hidden')
      await ada.expect('DELETE', path)
      await ada.expect('PATCH', `/channels/${category.id}`, { name: 'Halls', permission_overwrites: [mute] })
      await ada.expect('PATCH', `/channels/${category.id}`, { name: 'Hall' })
    })
    expect(shown(sent)).toEqual([
      `CHANNEL_DELETE ${category.id}`,
      `CHANNEL_DELETE ${synced.id}`,
      'MESSAGE_CREATE not hidden',
      `CHANNEL_CREATE ${category.id}`,
      `CHANNEL_CREATE ${synced.id}`,
      `CHANNEL_UPDATE ${category.id}`,
      `CHANNEL_UPDATE ${synced.id}`,
      `CHANNEL_UPDATE ${category.id}`,
    ])
    const overwritesOf = async ({ id }: { id: string }) =>
      (await ada.expect('GET', `/channels/${id}`)).permission_overwrites
    expect(await overwritesOf(synced)).toEqual([mute])
    expect(await overwritesOf(outside)).toEqual([])
    await ada.expect('DELETE', `/channels/${category.id}/permissions/${bob.id}`)
    for (const one of [category, synced, apart]) expect(await overwritesOf(one)).toEqual([])
    const { audit_log_entries: entries } = await ada.expect('GET', `/guilds/${guild.id}/audit-logs`)
    const ofOverwrites = entries.filter(
      ({ options }: { options?: { id?: string } }) => options?.id === bob.id,
    )
    expect(ofOverwrites.map(({ target_id }: { target_id: string }) => target_id)).toEqual(
      Array(4).fill(category.id),
    )
  })

  test('[VIS-3][RES-4][RES-5] by roles: all channels in id order, at the position of the change', async () => {
    const guild = await newGuild(ada)
    await join(ada, bob, guild.general)
    const role = await ada.expect('POST', `/guilds/${guild.id}/roles`, { name: 'readers', permissions: '0' })
    const channels: string[] = []
    for (let n = 0; n < 5; n++) {
      const { id } = await ada.expect('POST', `/guilds/${guild.id}/channels`, {
        name: `secret-${n}`,
        permission_overwrites: [
          { id: guild.id, type: 0, allow: '0', deny: VIEW },
          { id: role.id, type: 0, allow: VIEW, deny: '0' },
        ],
      })
      channels.push(id)
    }
    const member = `/guilds/${guild.id}/members/${bob.id}/roles/${role.id}`
    const sent = await sentToBob(async () => {
      await say(ada, channels[2] as string, 'before')
      await ada.expect('PUT', member)
      await say(ada, channels[2] as string, 'with the role')
      await ada.expect('PATCH', `/channels/${channels[3]}`, { position: 0 })
      await ada.expect('DELETE', member)
      await say(ada, channels[2] as string, 'without the role')
      await ada.expect('PUT', member)
      await ada.expect('DELETE', `/guilds/${guild.id}/roles/${role.id}`)
      await say(ada, channels[2] as string, 'after')
    })
    const all = (t: string) => channels.map((id) => `${t} ${id}`)
    expect(shown(sent)).toEqual([
      'GUILD_MEMBER_UPDATE ',
      ...all('CHANNEL_CREATE'),
      'MESSAGE_CREATE with the role',
      `CHANNEL_UPDATE ${channels[3]}`,
      'GUILD_MEMBER_UPDATE ',
      ...all('CHANNEL_DELETE'),
      'GUILD_MEMBER_UPDATE ',
      ...all('CHANNEL_CREATE'),
      'GUILD_ROLE_DELETE ',
      ...all('CHANNEL_DELETE'),
    ])
  })

  test('[VIS-3][RES-4] by a change of @everyone, and by channels that come and go hidden', async () => {
    const guild = await newGuild(ada)
    await join(ada, bob, guild.general)
    const everyone = `/guilds/${guild.id}/roles/${guild.id}`
    const [{ permissions }] = await ada.expect('GET', `/guilds/${guild.id}/roles`)
    const category = (await ada.expect('GET', `/guilds/${guild.id}/channels`)).find(
      ({ type }: { type: number }) => type === 4,
    )
    const without = String(BigInt(permissions) & ~Permission.VIEW_CHANNEL)
    const sent = await sentToBob(async () => {
      await ada.expect('PATCH', everyone, { permissions: without })
      const { id } = await ada.expect('POST', `/guilds/${guild.id}/channels`, { name: 'never-seen' })
      await say(ada, id, 'never seen')
      await ada.expect('DELETE', `/channels/${id}`)
      await ada.expect('PATCH', everyone, { permissions })
    })
    const both = [category.id, guild.general].sort()
    expect(shown(sent)).toEqual([
      'GUILD_ROLE_UPDATE ',
      ...both.map((id) => `CHANNEL_DELETE ${id}`),
      'GUILD_ROLE_UPDATE ',
      ...both.map((id) => `CHANNEL_CREATE ${id}`),
    ])
  })
})

test('[VIS-1][RES-4] a conversation that somebody opens comes at its position, with what is said in it', async () => {
  const carl = await newPerson(server.http, 'carl')
  let opened = { id: '' }
  const sent = await sentToBob(async () => {
    opened = await carl.expect('POST', '/users/@me/channels', { recipient_id: bob.id })
    const { id } = await say(carl, opened.id, 'hello')
    await carl.expect('PATCH', `/channels/${opened.id}/messages/${id}`, { content: 'hello, Bob' })
    await say(bob, opened.id, 'hello, Carl')
    await carl.expect('DELETE', `/channels/${opened.id}/messages/${id}`)
  })
  expect(sent.map(({ t, d }) => `${t} ${d.content ?? ''}`)).toEqual([
    'CHANNEL_CREATE ',
    'MESSAGE_CREATE hello',
    'MESSAGE_UPDATE hello, Bob',
    'MESSAGE_CREATE hello, Carl',
    'MESSAGE_DELETE ',
  ])
  expect(sent[0]?.d).toMatchObject({ id: opened.id, type: 1, recipients: [{ id: carl.id }] })
  for (const { d } of sent) expect(d.guild_id).toBeUndefined()
})

describe('a guild that one leaves and joins', () => {
  test('[VIS-4][RES-4][RES-5] kicked and back: nothing of what happened in between', async () => {
    const guild = await newGuild(ada)
    await join(ada, bob, guild.general)
    const sent = await sentToBob(async () => {
      await ada.expect('DELETE', `/guilds/${guild.id}/members/${bob.id}`)
      await say(ada, guild.general, 'without Bob')
      await ada.expect('PATCH', `/guilds/${guild.id}`, { name: 'Renamed without Bob' })
      await join(ada, bob, guild.general)
      await say(ada, guild.general, 'with Bob')
    })
    expect(shown(sent)).toEqual([
      `GUILD_DELETE ${guild.id}`,
      `GUILD_CREATE ${guild.id}`,
      expect.stringMatching(/^MESSAGE_CREATE \d+$/), // his own join message
      'MESSAGE_CREATE with Bob',
    ])
    expect(sent[0]?.d).toEqual({ id: guild.id })
    expect(sent[1]?.d).toMatchObject({ name: 'Renamed without Bob', member_count: 2 })
  })

  test('[VIS-4][RES-4] one that he joined while he was cut off comes with GUILD_CREATE in its place', async () => {
    const guild = await newGuild(ada)
    const sent = await sentToBob(async () => {
      await say(ada, guild.general, 'before Bob')
      await join(ada, bob, guild.general)
      await ada.expect('POST', `/guilds/${guild.id}/roles`, { name: 'after Bob' })
      await say(ada, home.general, 'elsewhere')
    })
    expect(shown(sent)).toEqual([
      `GUILD_CREATE ${guild.id}`,
      expect.stringMatching(/^MESSAGE_CREATE \d+$/),
      'GUILD_ROLE_CREATE ',
      'MESSAGE_CREATE elsewhere',
    ])
    expect(sent[0]?.d.roles).toHaveLength(1)
  })

  test('[VIS-4][RES-4] joined, left and deleted while he was cut off', async () => {
    const [first, second, third] = [await newGuild(ada), await newGuild(ada), await newGuild(ada)]
    await join(ada, bob, first.general)
    await join(ada, bob, third.general)
    const sent = await sentToBob(async () => {
      await join(ada, bob, second.general)
      await say(ada, first.general, 'in the first')
      await bob.expect('DELETE', `/users/@me/guilds/${second.id}`)
      await ada.expect('DELETE', `/guilds/${first.id}`)
      await ada.expect('DELETE', `/guilds/${second.id}`)
      await ada.expect('DELETE', `/guilds/${third.id}/members/${bob.id}`)
      await ada.expect('DELETE', `/guilds/${third.id}`)
    })
    expect(shown(sent)).toEqual([
      `GUILD_CREATE ${second.id}`,
      expect.stringMatching(/^MESSAGE_CREATE \d+$/),
      'MESSAGE_CREATE in the first',
      `GUILD_DELETE ${second.id}`,
      `GUILD_DELETE ${first.id}`,
      `GUILD_DELETE ${third.id}`,
    ])
  })

  test('[VIS-4] his own new guild, and one that nobody else is connected to, while others talk', async () => {
    const carl = await newPerson(server.http, 'carl')
    const hidden = await newGuild(carl)
    const sent = await sentToBob(async () => {
      const talking = Promise.all(Array.from({ length: 20 }, (_, n) => say(ada, home.general, `talk ${n}`)))
      const own = await newGuild(bob)
      await say(bob, own.general, 'mine')
      await join(carl, bob, hidden.general)
      await say(carl, hidden.general, "Carl's")
      await talking
    })
    const names = shown(sent)
    expect(names.filter((name) => name.startsWith('MESSAGE_CREATE talk'))).toHaveLength(20)
    expect(names.filter((name) => name.startsWith('GUILD_CREATE'))).toHaveLength(2)
    expect(names).toContain('MESSAGE_CREATE mine')
    expect(names).toContain("MESSAGE_CREATE Carl's")
  })
})

test('[VIS-1][SES-3] who identifies while everything changes has each event once, in the guild or after it', async () => {
  const guild = await newGuild(ada)
  await join(ada, bob, guild.general)
  const sessions: TestSession[] = []
  const making = Promise.all(
    Array.from({ length: 12 }, async (_, n) => {
      await ada.expect('POST', `/guilds/${guild.id}/channels`, { name: `channel-${n}` })
      await say(ada, guild.general, `text ${n}`)
    }),
  )
  for (let n = 0; n < 12; n++) sessions.push(await TestSession.identify(server.gateway, bob.token))
  await making
  const fresh = await TestSession.identify(server.gateway, bob.token)
  for (const session of sessions) {
    await upToNow(session, 0)
    const created = session.stream.findIndex(({ t, d }) => t === 'GUILD_CREATE' && d.id === guild.id)
    const before = session.stream.slice(0, created)
    expect(before.filter(({ d }) => d.guild_id === guild.id)).toEqual([])
    expect(new ClientModel(bob.id, session.stream).guild(guild.id)).toEqual(
      new ClientModel(bob.id, fresh.stream).guild(guild.id),
    )
    await session.client.close()
  }
  await fresh.client.close()
})

test('[VIS-2][VIS-6] a session is sent what its intents ask for, live and resumed', async () => {
  const guild = await newGuild(ada)
  const bot = await newBot(ada, guild.id, '0')
  const intents: Record<string, [number, readonly string[]]> = {
    guilds: [Intent.GUILDS, ['GUILD_ROLE_CREATE', 'CHANNEL_CREATE']],
    messages: [Intent.GUILD_MESSAGES, ['MESSAGE_CREATE']],
    content: [Intent.GUILD_MESSAGES | Intent.MESSAGE_CONTENT, ['MESSAGE_CREATE']],
    reactions: [Intent.GUILD_MESSAGE_REACTIONS, ['MESSAGE_REACTION_ADD']],
    members: [Intent.GUILD_MEMBERS, ['GUILD_MEMBER_ADD']],
    none: [0, []],
  }
  const sessions = await Promise.all(
    Object.entries(intents).map(async ([name, [bits, events]]) => ({
      name,
      events,
      live: await TestSession.identify(server.gateway, bot.token, bits),
      resumed: await TestSession.identify(server.gateway, bot.token, bits),
    })),
  )
  for (const { resumed } of sessions) await resumed.cut()
  await ada.expect('POST', `/guilds/${guild.id}/roles`, {})
  await ada.expect('POST', `/guilds/${guild.id}/channels`, { name: 'new' })
  const { id } = await say(ada, guild.general, 'words')
  const reaction = `/reactions/${encodeURIComponent('👍')}/@me`
  await ada.expect('PUT', `/channels/${guild.general}/messages/${id}${reaction}`)
  const dave = await newPerson(server.http, 'dave')
  await ada.expect('PATCH', `/guilds/${guild.id}`, { system_channel_id: null })
  await join(ada, dave, guild.general)
  await ada.expect('DELETE', `/guilds/${guild.id}/members/${dave.id}`)
  for (const { name, events, live, resumed } of sessions) {
    await live.heartbeat()
    const replay = await resumed.resume(server.gateway)
    const since = live.stream.slice(live.seq - replay.length)
    expect(comparable(replay), name).toEqual(comparable(since))
    const names = new Set(live.stream.map(({ t }) => t))
    for (const event of ['GUILD_ROLE_CREATE', 'CHANNEL_CREATE', 'MESSAGE_CREATE', 'MESSAGE_REACTION_ADD'])
      expect([name, event, names.has(event)]).toEqual([name, event, events.includes(event)])
    const message = live.stream.find(({ t }) => t === 'MESSAGE_CREATE')
    if (message) expect([name, message.d.content]).toEqual([name, name === 'content' ? 'words' : ''])
    await live.client.close()
    await resumed.client.close()
  }
})
