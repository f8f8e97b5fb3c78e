import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { Intent, KNOWN_INTENTS } from '#shared/protocol/intents.ts'
import { eventually } from '#test/support/eventually.ts'
import { comparable, TestSession } from '#test/support/gateway-client.ts'
import { moderatedGuild, outcome } from '#test/support/moderated-guild.ts'
import { type Caller, join, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { dataUri, MOVING_GIF, PNG, STILL_GIF } from '#test/support/pictures.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests read what the wire says
type Json = any

const { CREATE_GUILD_EXPRESSIONS, MANAGE_GUILD_EXPRESSIONS } = Permission
const MOST_BYTES = 256 * 1024

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

const make = (
  who: Caller,
  guildId: string,
  name = 'kettle',
  picture: Buffer = PNG,
  more: object = {},
): Promise<Json> =>
  who.expect('POST', `/guilds/${guildId}/emojis`, { name, image: dataUri(picture), ...more })

/** Everybody may make emojis by default: here only who has the role. */
async function guildOfMakers() {
  const guild = await moderatedGuild([ada, bob, carl], CREATE_GUILD_EXPRESSIONS)
  await ada.expect('PATCH', `${guild.roles}/${guild.id}`, { permissions: String(Permission.VIEW_CHANNEL) })
  return guild
}

describe('an emoji of a guild', () => {
  test('is made, shown with who made it to who may manage it, renamed and deleted; the log tells of it', async () => {
    const { id: guildId } = await guildOfMakers()
    const emojis = `/guilds/${guildId}/emojis`
    const made = await make(bob, guildId)
    const plain = {
      id: expect.any(String),
      name: 'kettle',
      roles: [],
      require_colons: true,
      managed: false,
      animated: false,
      available: true,
    }
    expect(made).toEqual({ ...plain, user: expect.objectContaining({ id: bob.id }) })
    expect(await ada.expect('GET', emojis)).toEqual([made])
    expect(await carl.expect('GET', emojis)).toEqual([{ ...plain, id: made.id }])
    expect(await bob.expect('GET', `${emojis}/${made.id}`)).toEqual(made)
    expect((await carl.expect('GET', `/guilds/${guildId}`)).emojis).toEqual([{ ...plain, id: made.id }])
    const renamed = await bob.expect('PATCH', `${emojis}/${made.id}`, { name: 'pot' })
    expect(renamed).toEqual({ ...made, name: 'pot' })
    await bob.expect('PATCH', `${emojis}/${made.id}`, { name: 'pot' })
    expect(await outcome(bob, 'DELETE', `${emojis}/${made.id}`)).toBe('204')
    expect(await ada.expect('GET', emojis)).toEqual([])
    const log = await ada.expect('GET', `/guilds/${guildId}/audit-logs?user_id=${bob.id}`)
    expect(log.audit_log_entries.map(({ id: _, ...entry }: Json) => entry).reverse()).toMatchObject([
      {
        action_type: 60,
        target_id: made.id,
        changes: [{ key: 'name', new_value: 'kettle' }, { key: 'roles' }],
      },
      { action_type: 61, changes: [{ key: 'name', old_value: 'kettle', new_value: 'pot' }] },
      { action_type: 62, changes: [{ key: 'name', old_value: 'pot' }, { key: 'roles' }] },
    ])
  })

  test('is one’s own to change with the permission to create, those of others with that to manage', async () => {
    const { id, roles, role } = await guildOfMakers()
    const emojis = `/guilds/${id}/emojis`
    const body = { name: 'mine', image: dataUri(PNG) }
    expect(await outcome(carl, 'POST', emojis, body)).toBe('403 50013')
    const [hers, his] = [await make(ada, id), await make(bob, id)]
    for (const [method, rest] of [['PATCH', { name: 'x2' }], ['DELETE']] as const) {
      expect(await outcome(bob, method, `${emojis}/${hers.id}`, rest)).toBe('403 50013')
      expect(await outcome(carl, method, `${emojis}/${his.id}`, rest)).toBe('403 50013')
      expect(await outcome(ada, method, `${emojis}/${id}`, rest)).toBe('404 10014')
    }
    await ada.expect('PATCH', `${roles}/${role}`, { permissions: String(MANAGE_GUILD_EXPRESSIONS) })
    expect(await outcome(bob, 'POST', emojis, body)).toBe('403 50013')
    expect(await outcome(bob, 'PATCH', `${emojis}/${hers.id}`, { name: 'x2' })).toBe('200')
    expect(await outcome(bob, 'DELETE', `${emojis}/${his.id}`)).toBe('204')
  })

  test('is animated if its bytes are, whatever they are called, and its picture comes back as it was', async () => {
    const { id } = await newGuild(ada)
    const cases: [Buffer, string, boolean][] = [
      [PNG, 'image/png', false],
      [STILL_GIF, 'image/gif', false],
      [MOVING_GIF, 'image/gif', true],
      [Buffer.concat([PNG, Buffer.alloc(MOST_BYTES - PNG.length)]), 'image/png', false],
    ]
    for (const [picture, type, animated] of cases) {
      const made = await make(ada, id, 'pic', picture)
      expect(made.animated).toBe(animated)
      for (const ending of ['png', 'gif', 'webp?animated=true&size=64']) {
        const file = await fetch(`${server.http}/emojis/${made.id}.${ending}`)
        expect([file.status, file.headers.get('content-type')]).toEqual([200, type])
        expect(Buffer.from(await file.arrayBuffer()).equals(picture)).toBe(true)
      }
    }
    for (const path of [`${id}.png`, '1.png', 'x.png', `${id}`, '..%2f..%2fx.png'])
      expect((await fetch(`${server.http}/emojis/${path}`)).status).toBe(404)
  })

  test('has a name of word characters, a picture of at most 256 KiB, and roles of its guild', async () => {
    const { id } = await newGuild(ada)
    const emojis = `/guilds/${id}/emojis`
    const refused = async (body: object, field: string) => {
      const { status, body: error } = await ada.request('POST', emojis, body)
      expect([status, error.code, Object.keys(error.errors)]).toEqual([400, 50_035, [field]])
    }
    const image = dataUri(PNG)
    for (const name of ['x', 'x'.repeat(33), 'tea pot', 'té', '']) await refused({ name, image }, 'name')
    const large = Buffer.concat([PNG, Buffer.alloc(MOST_BYTES - PNG.length + 1)])
    const wrong = [
      '',
      'data:image/png;base64,',
      'data:image/svg+xml;base64,PHN2Zy8+',
      dataUri(Buffer.from('<svg/>')),
      PNG.toString('base64'),
      dataUri(large),
    ]
    for (const image of wrong) await refused({ name: 'fine', image }, 'image')
    const other = await newGuild(ada)
    expect(await outcome(ada, 'POST', emojis, { name: 'fine', image, roles: [other.id] })).toBe('404 10011')
    expect(await ada.expect('GET', emojis)).toEqual([])
  })

  test('is one of 50 of its kind, also when many are made at once', async () => {
    const { id } = await newGuild(ada)
    const many = (count: number, picture: Buffer) =>
      Promise.all(
        Array.from({ length: count }, (_, n) =>
          outcome(ada, 'POST', `/guilds/${id}/emojis`, { name: `e${n}`, image: dataUri(picture) }),
        ),
      )
    for (const [picture, code] of [
      [PNG, '400 30008'],
      [MOVING_GIF, '400 30018'],
    ] as const) {
      const outcomes = await many(54, picture)
      expect(outcomes.sort()).toEqual([...Array(50).fill('201'), ...Array(4).fill(code)])
    }
    expect(await ada.expect('GET', `/guilds/${id}/emojis`)).toHaveLength(100)
  }, 180_000)
})

test('[VIS-1][VIS-5][RES-1] all emojis are told at once, with the intent, over a RESUME too', async () => {
  const guild = await moderatedGuild([ada, bob, carl], 0n)
  const role = await ada.expect('POST', guild.roles, { name: 'pourers' })
  const [live, cut, without] = await Promise.all([
    TestSession.identify(server.gateway, bob.token, Intent.GUILD_EXPRESSIONS | Intent.GUILD_MESSAGES),
    TestSession.identify(server.gateway, bob.token, Intent.GUILD_EXPRESSIONS | Intent.GUILD_MESSAGES),
    TestSession.identify(server.gateway, bob.token, KNOWN_INTENTS & ~Intent.GUILD_EXPRESSIONS),
  ])
  await cut.cut()
  const made = await make(ada, guild.id, 'kettle', PNG, { roles: [role.id] })
  await ada.expect('DELETE', `${guild.roles}/${role.id}`)
  await ada.expect('DELETE', `/guilds/${guild.id}/emojis/${made.id}`)
  const { id: last } = await ada.expect('POST', `/channels/${guild.general}/messages`, { content: 'm' })
  for (const session of [live, without])
    await session.until(({ t, d }) => t === 'MESSAGE_CREATE' && d.id === last)
  const told = live.stream.filter(({ t }) => t === 'GUILD_EMOJIS_UPDATE').map(({ d }) => d)
  const { user: _, ...plain } = made
  expect(told).toEqual([
    { guild_id: guild.id, emojis: [{ ...plain, roles: [role.id] }] },
    { guild_id: guild.id, emojis: [{ ...plain, roles: [] }] },
    { guild_id: guild.id, emojis: [] },
  ])
  expect(without.stream.filter(({ t }) => t === 'GUILD_EMOJIS_UPDATE')).toEqual([])
  const replay = await cut.resume(server.gateway)
  expect(comparable(replay)).toEqual(comparable(live.stream.slice(-replay.length)))
  expect(replay).toHaveLength(4)
  for (const session of [live, cut, without]) {
    expect(session.problems).toEqual([])
    await session.client.close()
  }
  const kept = await make(ada, guild.id)
  const fresh = await TestSession.identify(server.gateway, bob.token)
  const created = fresh.stream.find(({ t, d }) => t === 'GUILD_CREATE' && d.id === guild.id)
  expect(created?.d.emojis.map(({ id }: Json) => id)).toEqual([kept.id])
  await fresh.client.close()
})

describe('reactions with emojis of guilds', () => {
  const react = (who: Caller, message: string, emoji: string, method = 'PUT', whose = '/@me') =>
    outcome(who, method, `${message}/reactions/${encodeURIComponent(emoji)}${whose}`)
  const say = async (who: Caller, channel: string) => {
    const { id } = await who.expect('POST', `/channels/${channel}/messages`, { content: 'react' })
    return `/channels/${channel}/messages/${id}`
  }

  test('are counted by id, whatever the name is, and shown with it', async () => {
    const guild = await moderatedGuild([ada, bob, carl], 0n)
    const still = await make(ada, guild.id)
    const moving = await make(ada, guild.id, 'steam', MOVING_GIF)
    const message = await say(ada, guild.general)
    const session = await TestSession.identify(server.gateway, ada.token)
    expect(await react(bob, message, `kettle:${still.id}`)).toBe('204')
    await ada.expect('PATCH', `/guilds/${guild.id}/emojis/${still.id}`, { name: 'pot' })
    expect(await react(carl, message, `pot:${still.id}`)).toBe('204')
    expect(await react(carl, message, `pot:${still.id}`)).toBe('204')
    expect(await react(bob, message, `a:steam:${moving.id}`)).toBe('204')
    const added = { id: still.id, name: 'kettle', animated: false }
    const shown = async () =>
      ((await bob.expect('GET', message)).reactions ?? []).map(({ emoji, count, me }: Json) => [
        emoji,
        count,
        me,
      ])
    expect(await shown()).toEqual([
      [added, 2, true],
      [{ id: moving.id, name: 'steam', animated: true }, 1, true],
    ])
    const path = (name: string) => `${message}/reactions/${name}:${still.id}`
    const who = (await ada.expect('GET', path('anything'))).map(({ id }: Json) => id)
    expect(who.sort()).toEqual([bob.id, carl.id].sort())
    await eventually(
      'the events',
      () => session.stream.filter(({ t }) => t === 'MESSAGE_REACTION_ADD').length === 3,
    )
    const [first] = session.stream.filter(({ t }) => t === 'MESSAGE_REACTION_ADD')
    expect(first?.d.emoji).toEqual(added)
    expect(await react(bob, message, `pot:${still.id}`, 'DELETE')).toBe('204')
    expect(await react(ada, message, `pot:${still.id}`, 'DELETE', '')).toBe('204')
    expect(await shown()).toEqual([[{ id: moving.id, name: 'steam', animated: true }, 1, true]])
    await session.client.close()
  })

  test('of other guilds take membership there and the permission here, or that somebody has done it', async () => {
    const guild = await moderatedGuild([ada, bob, carl], 0n)
    const other = await newGuild(ada)
    const [emoji, theirs] = [await make(ada, other.id), await make(ada, guild.id)]
    const message = await say(ada, guild.general)
    const foreign = `kettle:${emoji.id}`
    expect(await react(bob, message, foreign)).toBe('404 10014')
    await join(ada, bob, other.general)
    const everyone = `${guild.roles}/${guild.id}`
    const { permissions } = (await ada.expect('GET', guild.roles)).find(({ id }: Json) => id === guild.id)
    const less = BigInt(permissions) & ~Permission.USE_EXTERNAL_EMOJIS
    await ada.expect('PATCH', everyone, { permissions: String(less) })
    expect(await react(bob, message, foreign)).toBe('404 10014')
    expect(await react(bob, message, `kettle:${theirs.id}`)).toBe('204')
    await ada.expect('PATCH', everyone, { permissions })
    expect(await react(bob, message, foreign)).toBe('204')
    expect(await react(carl, message, foreign)).toBe('204')
    await ada.expect('DELETE', `/guilds/${other.id}/emojis/${emoji.id}`)
    expect(await react(ada, message, foreign)).toBe('204')
    expect(await react(ada, await say(ada, guild.general), foreign)).toBe('404 10014')
  })

  test('take one of its roles, if it has any; in conversations those of all one’s guilds serve', async () => {
    const guild = await moderatedGuild([ada, bob, carl], 0n)
    const emoji = await make(ada, guild.id, 'vip', PNG, { roles: [guild.role] })
    const key = `vip:${emoji.id}`
    expect(await react(carl, await say(ada, guild.general), key)).toBe('404 10014')
    expect(await react(bob, await say(ada, guild.general), key)).toBe('204')
    const { id: dm } = await bob.expect('POST', '/users/@me/channels', { recipient_id: carl.id })
    expect(await react(carl, await say(bob, dm), key)).toBe('404 10014')
    expect(await react(bob, await say(carl, dm), key)).toBe('204')
    for (const unknown of ['vip:1', `x:${emoji.id}`, 'vip:99999999999999999999', ':1', `${emoji.id}`])
      expect(await react(bob, await say(bob, dm), unknown)).toBe('404 10014')
  })
})
