import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { Intent, KNOWN_INTENTS } from '#shared/protocol/intents.ts'
import { eventually } from '#test/support/eventually.ts'
import { comparable, type Received, TestSession } from '#test/support/gateway-client.ts'
import { type Caller, join, newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests read what the wire says
type Json = any

const DAY = 24 * 3_600_000

let server: TestServer
let ada: Person
let bob: Person
let carl: Person

beforeAll(async () => {
  server = await startServer()
  ada = await newPerson(server.http, 'ada')
  bob = await newPerson(server.http, 'bob')
  carl = await newPerson(server.http, 'carl')
})
afterAll(async () => {
  await server.stop()
})

const code = async (caller: Caller, method: string, path: string, body?: unknown): Promise<string> => {
  const exchange = await caller.request(method, path, body)
  return exchange.status < 300 ? String(exchange.status) : `${exchange.status} ${exchange.body.code}`
}

/** A guild of Ada with Bob and Carl; Bob has a role with these flags, Carl none. */
async function guildWith(flags: bigint) {
  const guild = await newGuild(ada)
  await join(ada, bob, guild.general)
  await join(ada, carl, guild.general)
  const roles = `/guilds/${guild.id}/roles`
  const role = await ada.expect('POST', roles, { name: 'moderators', permissions: String(flags) })
  await ada.expect('PUT', `/guilds/${guild.id}/members/${bob.id}/roles/${role.id}`)
  return { ...guild, role: role.id as string, members: `/guilds/${guild.id}/members`, roles }
}

const soon = (ms: number) => new Date(Date.now() + ms).toISOString()

describe('editing members', () => {
  test('nicknames: of others with the permission and rank, one’s own with another', async () => {
    const { members, roles, id, role } = await guildWith(Permission.MANAGE_NICKNAMES)
    expect(await bob.expect('PATCH', `${members}/${carl.id}`, { nick: ' Carlo ' })).toMatchObject({
      nick: 'Carlo',
      user: { id: carl.id },
    })
    expect(await code(carl, 'PATCH', `${members}/${bob.id}`, { nick: 'x' })).toBe('403 50013')
    expect(await code(bob, 'PATCH', `${members}/${ada.id}`, { nick: 'x' })).toBe('403 50013')
    expect((await bob.expect('PATCH', `${members}/${carl.id}`, { nick: null })).nick).toBeNull()
    expect((await carl.expect('PATCH', `${members}/@me`, { nick: 'C' })).nick).toBe('C')
    expect(await carl.expect('PATCH', `${members}/@me/nick`, { nick: '' })).toEqual({ nick: null })
    await ada.expect('PATCH', `${roles}/${id}`, { permissions: '1024' })
    expect(await code(carl, 'PATCH', `${members}/@me`, { nick: 'x' })).toBe('403 50013')
    await ada.expect('PUT', `${members}/${carl.id}/roles/${role}`)
    expect(await code(bob, 'PATCH', `${members}/${carl.id}`, { nick: 'x' })).toBe('403 50013')
    expect(await code(ada, 'PATCH', `${members}/${carl.id}`, { nick: 'x'.repeat(33) })).toBe('400 50035')
  })

  test('roles: only those below one’s own come and go', async () => {
    const { members, roles, role, id } = await guildWith(Permission.MANAGE_ROLES)
    const low = await ada.expect('POST', roles, { name: 'low', permissions: '0' })
    const path = `${members}/${carl.id}`
    const [, mine] = await ada.expect('GET', roles)
    expect([role, low.id]).toContain(mine.id)
    expect((await bob.expect('PATCH', path, { roles: [low.id] })).roles).toEqual([low.id])
    expect((await bob.expect('PATCH', path, { roles: [low.id, low.id] })).roles).toEqual([low.id])
    expect(await code(bob, 'PATCH', path, { roles: [low.id, role] })).toBe('403 50013')
    expect(await code(bob, 'PATCH', path, { roles: ['1000000000000000001'] })).toBe('404 10011')
    expect(await code(bob, 'PATCH', path, { roles: [id] })).toBe('400 50028')
    expect(await code(carl, 'PATCH', path, { roles: [] })).toBe('403 50013')
    expect((await bob.expect('PATCH', path, { roles: null })).roles).toEqual([])
  })

  test('[MOD-1][PERM-10] time-outs: silent until they end, 28 days at most, not of owners and administrators', async () => {
    const { members, general, id, roles } = await guildWith(Permission.MODERATE_MEMBERS)
    const path = `${members}/${carl.id}`
    const until = soon(DAY)
    const changed = await bob.expect('PATCH', path, { communication_disabled_until: until })
    expect(Date.parse(changed.communication_disabled_until)).toBe(Date.parse(until))
    const say = () => code(carl, 'POST', `/channels/${general}/messages`, { content: 'x' })
    expect(await say()).toBe('403 50013')
    expect(await code(carl, 'GET', `/channels/${general}/messages`)).toBe('200')
    expect(await code(carl, 'PATCH', `${members}/@me`, { nick: 'x' })).toBe('403 50013')
    await bob.expect('PATCH', path, { communication_disabled_until: null })
    expect(await say()).toBe('200')
    await bob.expect('PATCH', path, { communication_disabled_until: soon(-DAY) })
    expect(await say()).toBe('200')
    const timeOut = (who: Person, ms: number) =>
      code(bob, 'PATCH', `${members}/${who.id}`, { communication_disabled_until: soon(ms) })
    expect(await timeOut(carl, 28 * DAY + 60_000)).toBe('400 50035')
    expect(await timeOut(carl, 28 * DAY - 60_000)).toBe('200')
    expect(await timeOut(ada, DAY)).toBe('403 50013')
    expect(await timeOut(bob, DAY)).toBe('403 50013')
    expect(await code(carl, 'PATCH', path, { communication_disabled_until: null })).toBe('403 50013')
    const admin = await ada.expect('POST', roles, { name: 'admin', permissions: '8' })
    await ada.expect('PUT', `${path}/roles/${admin.id}`)
    expect(await timeOut(carl, DAY)).toBe('403 50013')
    expect(await code(ada, 'PATCH', path, { communication_disabled_until: soon(DAY) })).toBe('403 50013')
    expect(await code(bob, 'PATCH', path, { communication_disabled_until: '2026-12-31T23:59:60Z' })).toMatch(
      /^40/,
    )
    expect(await code(ada, 'PATCH', `/guilds/${id}/members/1`, { nick: 'x' })).toBe('404 10007')
  })

  test('flags and voice', async () => {
    const { members } = await guildWith(0n)
    const path = `${members}/${carl.id}`
    expect((await ada.expect('PATCH', path, { flags: 7 })).flags).toBe(4)
    expect(await code(bob, 'PATCH', path, { flags: 0 })).toBe('403 50013')
    expect((await ada.expect('PATCH', path, { flags: 0, mute: false })).flags).toBe(0)
    for (const body of [{ mute: true }, { deaf: true }, { channel_id: null }]) {
      expect(await code(ada, 'PATCH', path, body)).toBe('400 40032')
      expect(await code(bob, 'PATCH', path, body)).toBe('403 50013')
    }
  })

  test('what a member is sent back by somebody without the right changes nothing', async () => {
    const { members } = await guildWith(0n)
    const before = await ada.expect('GET', `${members}/${carl.id}`)
    expect(await code(bob, 'PATCH', `${members}/${carl.id}`, { ...before, nick: 'x', roles: [] })).toBe(
      '403 50013',
    )
    expect(await ada.expect('GET', `${members}/${carl.id}`)).toEqual(before)
  })

  test('search by the beginning of any name, in any case', async () => {
    const { members } = await guildWith(0n)
    await ada.expect('PATCH', `${members}/${carl.id}`, { nick: 'Ünder 100%' })
    const found = async (query: string, more = '') =>
      (await bob.expect('GET', `${members}/search?query=${encodeURIComponent(query)}${more}`)).map(
        ({ user }: Json) => user.id,
      )
    expect(await found('üNDER')).toEqual([carl.id])
    expect(await found('%')).toEqual([])
    expect(await found(bob.username.toUpperCase())).toEqual([bob.id])
    expect(await found('nder')).toEqual([])
    expect(await code(bob, 'GET', `${members}/search`)).toBe('400 50035')
  })
})

describe('bans', () => {
  test('[MOD-2] take a member out, keep him out by any invite, and end', async () => {
    const guild = await guildWith(Permission.BAN_MEMBERS)
    const bans = `/guilds/${guild.id}/bans`
    const invite = (await ada.expect('POST', `/channels/${guild.general}/invites`, {})).code
    const reason = { 'x-audit-log-reason': encodeURIComponent('Grüße, 茶') }
    expect((await bob.request('PUT', `${bans}/${carl.id}`, undefined, reason)).status).toBe(204)
    expect(await code(carl, 'GET', `/guilds/${guild.id}`)).toBe('403 50001')
    expect(await code(carl, 'POST', `/invites/${invite}`, {})).toBe('403 40007')
    expect(await bob.expect('GET', `${bans}/${carl.id}`)).toMatchObject({
      user: { id: carl.id },
      reason: 'Grüße, 茶',
    })
    expect(await code(bob, 'PUT', `${bans}/${carl.id}`)).toBe('204')
    expect(await code(bob, 'PUT', `${bans}/${ada.id}`)).toBe('403 50013')
    expect(await code(bob, 'PUT', `${bans}/${bob.id}`)).toBe('403 50013')
    expect(await code(bob, 'PUT', `${bans}/1000000000000000001`)).toBe('404 10013')
    expect(await code(bob, 'PUT', `${bans}/${carl.id}`, { delete_message_seconds: 604_801 })).toBe(
      '400 50035',
    )
    expect(await code(bob, 'PUT', `${bans}/${carl.id}`, { delete_message_days: 8 })).toBe('400 50035')
    expect(await code(bob, 'DELETE', `${bans}/${carl.id}`)).toBe('204')
    expect(await code(bob, 'DELETE', `${bans}/${carl.id}`)).toBe('404 10026')
    expect(await code(bob, 'GET', `${bans}/${carl.id}`)).toBe('404 10026')
    expect(await code(carl, 'POST', `/invites/${invite}`, {})).toBe('200')
    expect(await code(carl, 'GET', bans)).toBe('403 50013')
    expect(await code(carl, 'GET', `${bans}/${bob.id}`)).toBe('403 50013')
    expect(await code(carl, 'PUT', `${bans}/${bob.id}`)).toBe('403 50013')
    expect(await code(carl, 'DELETE', `${bans}/${bob.id}`)).toBe('403 50013')
  })

  test('[MOD-2] of one who was never a member, and of a bot', async () => {
    const guild = await newGuild(ada)
    const { code: invite } = await ada.expect('POST', `/channels/${guild.general}/invites`, {})
    expect(await code(ada, 'PUT', `/guilds/${guild.id}/bans/${carl.id}`)).toBe('204')
    expect(await code(carl, 'POST', `/invites/${invite}`, {})).toBe('403 40007')
    const { applicationId } = await newBot(ada, guild.id)
    await ada.expect('PUT', `/guilds/${guild.id}/bans/${applicationId}`)
    const again = { guild_id: guild.id, permissions: '0' }
    expect(await code(ada, 'POST', `/oauth2/authorize?client_id=${applicationId}`, again)).toBe('403 40007')
  })

  test('many at once; pages of bans', async () => {
    const { id, members } = await guildWith(Permission.BAN_MEMBERS)
    const bulk = `/guilds/${id}/bulk-ban`
    const others = [await newPerson(server.http, 'd'), await newPerson(server.http, 'e')]
    const ids = [carl, ...others].map((person) => person.id)
    expect(await code(bob, 'POST', bulk, { user_ids: ids })).toBe('403 50013')
    expect(await code(ada, 'POST', bulk, { user_ids: [] })).toBe('400 50035')
    expect(await code(ada, 'POST', bulk, { user_ids: [carl.id, carl.id] })).toBe('400 50035')
    expect(await code(ada, 'POST', bulk, { user_ids: [ada.id, '1'] })).toBe('400 500000')
    const done = await ada.expect('POST', bulk, { user_ids: [...ids, ada.id, '1'] })
    expect(done).toEqual({ banned_users: [...ids].sort(), failed_users: [ada.id, '1'] })
    expect(await code(ada, 'POST', bulk, { user_ids: ids })).toBe('400 500000')
    expect(await code(ada, 'GET', `${members}/${carl.id}`)).toBe('404 10007')
    const sorted = [...ids].sort()
    const page = async (query: string) =>
      (await ada.expect('GET', `/guilds/${id}/bans${query}`)).map(({ user }: Json) => user.id)
    expect(await page('')).toEqual(sorted)
    expect(await page('?limit=1')).toEqual(sorted.slice(0, 1))
    expect(await page(`?after=${sorted[0]}&limit=1`)).toEqual(sorted.slice(1, 2))
    expect(await page(`?before=${sorted[2]}&limit=1`)).toEqual(sorted.slice(1, 2))
  })

  test('[MOD-3] with the messages of the time that was named, in every channel, seen or hidden', async () => {
    const guild = await guildWith(0n)
    const other = await ada.expect('POST', `/guilds/${guild.id}/channels`, { name: 'other' })
    const watching = await TestSession.identify(server.gateway, ada.token)
    const say = async (who: Person, channel: string, content: string) =>
      (await who.expect('POST', `/channels/${channel}/messages`, { content })).id as string
    const kept = await say(bob, guild.general, 'stays')
    const gone: string[] = []
    for (let n = 0; n < 104; n++) gone.push(await say(carl, guild.general, `goes ${n}`))
    const elsewhere = await say(carl, other.id, 'goes too')
    const late = await say(bob, guild.general, 'stays as well')
    await ada.expect('PUT', `/guilds/${guild.id}/bans/${carl.id}`, { delete_message_seconds: 3_600 })
    const bulks = () => watching.stream.filter(({ t }) => t === 'MESSAGE_DELETE_BULK')
    // His join message is the 105th in the one channel.
    await eventually('the deletion', () => bulks().flatMap(({ d }) => d.ids).length === 106, 30_000)
    const inGeneral = bulks().filter(({ d }) => d.channel_id === guild.general)
    expect(inGeneral.map(({ d }) => d.ids.length > 0 && d.ids.length <= 100)).toEqual([true, true])
    expect(inGeneral.flatMap(({ d }) => d.ids)).toEqual(expect.arrayContaining(gone))
    expect(inGeneral.flatMap(({ d }) => d.ids)).not.toContain(kept)
    expect(bulks().filter(({ d }) => d.channel_id === other.id)).toMatchObject([
      { d: { ids: [elsewhere], guild_id: guild.id } },
    ])
    const left = (await ada.expect('GET', `/channels/${guild.general}/messages?limit=100`)) as Json[]
    expect(left.filter(({ author }) => author.id === carl.id)).toEqual([])
    expect(left.map(({ id }) => id)).toEqual(expect.arrayContaining([kept, late]))
    expect(watching.problems).toEqual([])
    await watching.client.close()
  })
})

describe('what is told', () => {
  /** What a session is sent for `happens`, live and, to a second one that missed it, by RESUME. */
  async function told(who: { token: string }, intents: number, happens: () => Promise<string>) {
    const [live, resumed] = await Promise.all([
      TestSession.identify(server.gateway, who.token, intents),
      TestSession.identify(server.gateway, who.token, intents),
    ])
    const from = live.seq
    await resumed.cut()
    const last = await happens()
    await live.until(({ t, d }) => t === 'MESSAGE_CREATE' && d.id === last)
    const sent = live.stream.slice(from)
    const replay = await resumed.resume(server.gateway)
    expect(comparable(replay)).toEqual(comparable(sent))
    expect([...live.problems, ...resumed.problems]).toEqual([])
    await live.client.close()
    await resumed.client.close()
    return sent.slice(0, -1)
  }
  const names = (frames: readonly Received[]) =>
    frames.map(({ t, d }) => (d.action_type ? `${t} ${d.action_type}` : t))

  test('[MOD-5][VIS-1][RES-4] bans and entries: by permission at their position, with the intent', async () => {
    const guild = await guildWith(Permission.VIEW_AUDIT_LOG)
    const marker = await newGuild(ada, 'Marker')
    await join(ada, bob, marker.general)
    const mark = async () =>
      (await ada.expect('POST', `/channels/${marker.general}/messages`, { content: 'm' })).id
    const bans = `/guilds/${guild.id}/bans/${carl.id}`
    const ban = async () => {
      await ada.expect('PUT', bans)
      await ada.expect('DELETE', bans)
    }
    const all = [
      'GUILD_BAN_ADD',
      'GUILD_AUDIT_LOG_ENTRY_CREATE 22',
      'GUILD_BAN_REMOVE',
      'GUILD_AUDIT_LOG_ENTRY_CREATE 23',
    ]
    const sent = await told(bob, KNOWN_INTENTS, async () => {
      await ban()
      return mark()
    })
    expect(names(sent)).toEqual(['GUILD_MEMBER_REMOVE', ...all])
    expect(sent[1]?.d).toMatchObject({ guild_id: guild.id, user: { id: carl.id } })
    expect(sent[2]?.d).toMatchObject({ guild_id: guild.id, user_id: ada.id, target_id: carl.id })
    const only = Intent.GUILD_MODERATION | Intent.GUILD_MESSAGES
    expect(
      names(
        await told(bob, only, async () => {
          await ban()
          return mark()
        }),
      ),
    ).toEqual(all)
    expect(
      await told(bob, Intent.GUILD_MESSAGES, async () => {
        await ban()
        return mark()
      }),
    ).toEqual([])
    const role = `${guild.roles}/${guild.role}`
    const lost = await told(bob, KNOWN_INTENTS, async () => {
      await ada.expect('PATCH', role, { permissions: String(Permission.BAN_MEMBERS) })
      await ban()
      await ada.expect('PATCH', role, { permissions: '0' })
      await ban()
      return mark()
    })
    expect(names(lost)).toEqual([
      'GUILD_ROLE_UPDATE',
      'GUILD_BAN_ADD',
      'GUILD_BAN_REMOVE',
      'GUILD_ROLE_UPDATE',
    ])
  })

  test('[VIS-4] who is banned is sent GUILD_DELETE and nothing else', async () => {
    const guild = await guildWith(0n)
    const marker = await newGuild(ada, 'Marker')
    await join(ada, carl, marker.general)
    const sent = await told(carl, KNOWN_INTENTS, async () => {
      await ada.expect('PUT', `/guilds/${guild.id}/bans/${carl.id}`)
      return (await ada.expect('POST', `/channels/${marker.general}/messages`, { content: 'm' })).id
    })
    expect(sent.map(({ t, d }) => [t, d])).toEqual([['GUILD_DELETE', { id: guild.id }]])
  })
})

describe('the audit log', () => {
  const entriesOf = async (guildId: string, query = '') =>
    (await ada.expect('GET', `/guilds/${guildId}/audit-logs${query}`)).audit_log_entries as Json[]

  test('[MOD-4] has an entry for everything that changes a guild, with who, whom, what and why', async () => {
    const guild = await guildWith(Permission.MANAGE_MESSAGES)
    const reason = { 'x-audit-log-reason': encodeURIComponent('because “tea”') }
    const act = async (method: string, path: string, body?: unknown) => {
      const exchange = await ada.request(method, path, body, reason)
      expect([method, path, exchange.status < 300]).toEqual([method, path, true])
      return exchange.body
    }
    const since = (await entriesOf(guild.id))[0].id
    const { id } = guild
    await act('PATCH', `/guilds/${id}`, { name: 'Renamed', description: 'of tea' })
    const channel = await act('POST', `/guilds/${id}/channels`, { name: 'room', topic: 'tea' })
    await act('PATCH', `/channels/${channel.id}`, { topic: null, nsfw: true })
    const overwrite = `/channels/${channel.id}/permissions/${id}`
    await act('PUT', overwrite, { type: 0, deny: '2048' })
    await act('PUT', overwrite, { type: 0, deny: '2048', allow: '64' })
    await act('DELETE', overwrite)
    await act('DELETE', `/channels/${channel.id}`)
    const role = await act('POST', guild.roles, { name: 'pourers' })
    await act('PATCH', `${guild.roles}/${role.id}`, { hoist: true })
    await act('PATCH', `${guild.members}/${carl.id}`, { nick: 'C', roles: [role.id] })
    await act('DELETE', `${guild.members}/${carl.id}/roles/${role.id}`)
    await act('DELETE', `${guild.roles}/${role.id}`)
    const invite = await act('POST', `/channels/${guild.general}/invites`, { unique: true, max_uses: 3 })
    await act('DELETE', `/invites/${invite.code}`)
    const { applicationId } = await newBot(ada, id, '0')
    await act('DELETE', `${guild.members}/${applicationId}`)
    await act('PUT', `/guilds/${id}/bans/${carl.id}`)
    await act('DELETE', `/guilds/${id}/bans/${carl.id}`)
    const entries = await entriesOf(id, `?after=${since}&limit=100`)
    expect(entries.map(({ action_type }) => action_type)).toEqual([
      1, 10, 11, 13, 14, 15, 12, 30, 31, 24, 25, 25, 32, 40, 42, 28, 20, 22, 23,
    ])
    const by = (action: number) => entries.filter(({ action_type }) => action_type === action)
    for (const entry of entries) {
      expect(entry.user_id).toBe(ada.id)
      expect(entry.reason).toBe(entry.action_type === 28 ? undefined : 'because “tea”')
    }
    expect(by(1)[0]).toMatchObject({
      target_id: id,
      changes: [
        { key: 'name', old_value: 'A guild', new_value: 'Renamed' },
        { key: 'description', new_value: 'of tea' },
      ],
    })
    expect(by(11)[0].changes).toEqual([
      { key: 'topic', old_value: 'tea' },
      { key: 'nsfw', old_value: false, new_value: true },
    ])
    expect(by(13)[0]).toMatchObject({
      target_id: channel.id,
      options: { id, type: '0', role_name: '@everyone' },
    })
    expect(by(14)[0].changes).toEqual([{ key: 'allow', old_value: '0', new_value: '64' }])
    expect(by(24)[0]).toMatchObject({ target_id: carl.id, changes: [{ key: 'nick', new_value: 'C' }] })
    expect(by(25)[0].changes).toEqual([{ key: '$add', new_value: [{ id: role.id, name: 'pourers' }] }])
    expect(by(25)[1].changes).toEqual([{ key: '$remove', new_value: [{ id: role.id, name: 'pourers' }] }])
    expect(by(28)[0].target_id).toBe(applicationId)
    expect(by(42)[0].changes).toContainEqual({ key: 'max_uses', old_value: 3 })
  })

  test('[MOD-4] of deletions of messages of others, one by one and in bulk; not of one’s own', async () => {
    const guild = await guildWith(Permission.MANAGE_MESSAGES)
    const messages = `/channels/${guild.general}/messages`
    const say = async () => (await carl.expect('POST', messages, { content: 'x' })).id
    const [own, one, two, three] = [await say(), await say(), await say(), await say()]
    await carl.expect('DELETE', `${messages}/${own}`)
    await bob.request('DELETE', `${messages}/${one}`, undefined, { 'x-audit-log-reason': 'spam' })
    await bob.expect('POST', `${messages}/bulk-delete`, { messages: [two, three] })
    const found = await eventually('the entries', async () => {
      const entries = await entriesOf(guild.id, `?user_id=${bob.id}`)
      return entries.length >= 2 && entries
    })
    expect(found.map(({ id: _, ...entry }) => entry)).toEqual([
      { action_type: 73, user_id: bob.id, target_id: guild.general, options: { count: '2' } },
      {
        action_type: 72,
        user_id: bob.id,
        target_id: carl.id,
        options: { channel_id: guild.general, count: '1' },
        reason: 'spam',
      },
    ])
  })

  test('is read in pages, by user, target and action, with the users it names', async () => {
    const guild = await guildWith(Permission.BAN_MEMBERS)
    const path = `/guilds/${guild.id}/audit-logs`
    await bob.expect('PUT', `/guilds/${guild.id}/bans/${carl.id}`)
    await bob.expect('DELETE', `/guilds/${guild.id}/bans/${carl.id}`)
    expect(await code(bob, 'GET', path)).toBe('403 50013')
    expect(await code(ada, 'GET', `${path}?limit=101`)).toBe('400 50035')
    const log = await ada.expect('GET', path)
    expect(log.users.map(({ id }: Json) => id)).toEqual([ada.id, bob.id, carl.id].sort())
    const ids = log.audit_log_entries.map(({ id }: Json) => id) as string[]
    expect(ids).toEqual([...ids].sort().reverse())
    const page = async (query: string) => (await entriesOf(guild.id, query)).map(({ id }) => id)
    expect(await page('?limit=2')).toEqual(ids.slice(0, 2))
    expect(await page(`?before=${ids[1]}&limit=1`)).toEqual(ids.slice(2, 3))
    expect(await page(`?after=${ids[2]}`)).toEqual([ids[1], ids[0]])
    expect(await page('?action_type=22')).toEqual([ids[1]])
    expect(await page(`?user_id=${bob.id}`)).toEqual(ids.slice(0, 2))
    expect(await page(`?target_id=${carl.id}&action_type=23`)).toEqual([ids[0]])
    expect(await page(`?user_id=${carl.id}`)).toEqual([])
  })

  test('a change that changes nothing is no entry', async () => {
    const guild = await newGuild(ada)
    await ada.expect('PATCH', `/guilds/${guild.id}`, { name: 'A guild' })
    await ada.expect('PATCH', `/channels/${guild.general}`, {})
    expect(await entriesOf(guild.id)).toEqual([])
  })
})
