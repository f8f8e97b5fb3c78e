import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { Intent, KNOWN_INTENTS } from '#shared/protocol/intents.ts'
import { eventually } from '#test/support/eventually.ts'
import { comparable, type Received, TestSession } from '#test/support/gateway-client.ts'
import { moderatedGuild, outcome } from '#test/support/moderated-guild.ts'
import { join, newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests read what the wire says
type Json = any

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

const guildWith = (flags: bigint) => moderatedGuild([ada, bob, carl], flags)

describe('bans', () => {
  test('[MOD-2] take a member out, keep him out by any invite, and end', async () => {
    const guild = await guildWith(Permission.BAN_MEMBERS)
    const bans = `/guilds/${guild.id}/bans`
    const invite = (await ada.expect('POST', `/channels/${guild.general}/invites`, {})).code
    const reason = { 'x-audit-log-reason': encodeURIComponent('Grüße, 茶') }
    expect((await bob.request('PUT', `${bans}/${carl.id}`, undefined, reason)).status).toBe(204)
    expect(await outcome(carl, 'GET', `/guilds/${guild.id}`)).toBe('403 50001')
    expect(await outcome(carl, 'POST', `/invites/${invite}`, {})).toBe('403 40007')
    expect(await bob.expect('GET', `${bans}/${carl.id}`)).toMatchObject({
      user: { id: carl.id },
      reason: 'Grüße, 茶',
    })
    expect(await outcome(bob, 'PUT', `${bans}/${carl.id}`)).toBe('204')
    expect(await outcome(bob, 'PUT', `${bans}/${ada.id}`)).toBe('403 50013')
    expect(await outcome(bob, 'PUT', `${bans}/${bob.id}`)).toBe('403 50013')
    expect(await outcome(bob, 'PUT', `${bans}/1000000000000000001`)).toBe('404 10013')
    expect(await outcome(bob, 'PUT', `${bans}/${carl.id}`, { delete_message_seconds: 604_801 })).toBe(
      '400 50035',
    )
    expect(await outcome(bob, 'PUT', `${bans}/${carl.id}`, { delete_message_days: 8 })).toBe('400 50035')
    for (const seconds of ['604801', '-1', '1.5', 'all'])
      expect(await outcome(bob, 'PUT', `${bans}/${carl.id}?delete_message_seconds=${seconds}`)).toBe(
        '400 50035',
      )
    expect(await outcome(bob, 'DELETE', `${bans}/${carl.id}`)).toBe('204')
    expect(await outcome(bob, 'DELETE', `${bans}/${carl.id}`)).toBe('404 10026')
    expect(await outcome(bob, 'GET', `${bans}/${carl.id}`)).toBe('404 10026')
    expect(await outcome(carl, 'POST', `/invites/${invite}`, {})).toBe('200')
    expect(await outcome(carl, 'GET', bans)).toBe('403 50013')
    expect(await outcome(carl, 'GET', `${bans}/${bob.id}`)).toBe('403 50013')
    expect(await outcome(carl, 'PUT', `${bans}/${bob.id}`)).toBe('403 50013')
    expect(await outcome(carl, 'DELETE', `${bans}/${bob.id}`)).toBe('403 50013')
  })

  test('[MOD-2] of one who was never a member, and of a bot', async () => {
    const guild = await newGuild(ada)
    const { code: invite } = await ada.expect('POST', `/channels/${guild.general}/invites`, {})
    expect(await outcome(ada, 'PUT', `/guilds/${guild.id}/bans/${carl.id}`)).toBe('204')
    expect(await outcome(carl, 'POST', `/invites/${invite}`, {})).toBe('403 40007')
    const { applicationId } = await newBot(ada, guild.id)
    await ada.expect('PUT', `/guilds/${guild.id}/bans/${applicationId}`)
    const again = { guild_id: guild.id, permissions: '0' }
    expect(await outcome(ada, 'POST', `/oauth2/authorize?client_id=${applicationId}`, again)).toBe(
      '403 40007',
    )
  })

  test('many at once; pages of bans', async () => {
    const { id, members } = await guildWith(Permission.BAN_MEMBERS)
    const bulk = `/guilds/${id}/bulk-ban`
    const others = [await newPerson(server.http, 'd'), await newPerson(server.http, 'e')]
    const ids = [carl, ...others].map((person) => person.id)
    expect(await outcome(bob, 'POST', bulk, { user_ids: ids })).toBe('403 50013')
    expect(await outcome(ada, 'POST', bulk, { user_ids: [] })).toBe('400 50035')
    expect(await outcome(ada, 'POST', bulk, { user_ids: [carl.id, carl.id] })).toBe('400 50035')
    expect(await outcome(ada, 'POST', bulk, { user_ids: [ada.id, '1'] })).toBe('400 500000')
    const done = await ada.expect('POST', bulk, { user_ids: [...ids, ada.id, '1'] })
    expect(done).toEqual({ banned_users: [...ids].sort(), failed_users: [ada.id, '1'] })
    expect(await outcome(ada, 'POST', bulk, { user_ids: ids })).toBe('400 500000')
    expect(await outcome(ada, 'GET', `${members}/${carl.id}`)).toBe('404 10007')
    const sorted = [...ids].sort()
    const page = async (query: string) =>
      (await ada.expect('GET', `/guilds/${id}/bans${query}`)).map(({ user }: Json) => user.id)
    expect(await page('')).toEqual(sorted)
    expect(await page('?limit=1')).toEqual(sorted.slice(0, 1))
    expect(await page(`?after=${sorted[0]}&limit=1`)).toEqual(sorted.slice(1, 2))
    expect(await page(`?before=${sorted[2]}&limit=1`)).toEqual(sorted.slice(1, 2))
  })

  test('[MOD-3] the time may be named in the query, as discord.py does', async () => {
    const guild = await guildWith(0n)
    const path = `/channels/${guild.general}/messages`
    const { id } = await carl.expect('POST', path, { content: 'goes' })
    await ada.expect('PUT', `/guilds/${guild.id}/bans/${carl.id}?delete_message_seconds=3600`)
    await eventually(
      'the deletion',
      async () => (await ada.request('GET', `${path}/${id}`)).status === 404,
      30_000,
    )
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
