import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { query } from '#test/support/embedded-database.ts'
import type { Caller, Exchange } from '#test/support/people.ts'
import { newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { dataUri, PNG } from '#test/support/pictures.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

let server: TestServer
let ada: Person
let bob: Person
let eve: Person
let guild: { id: string; general: string }

beforeAll(async () => {
  server = await startServer()
  ada = await newPerson(server.http, 'ada')
  bob = await newPerson(server.http, 'bob')
  eve = await newPerson(server.http, 'eve')
  guild = await newGuild(ada)
})
afterAll(() => server.stop())

let keys = 0
const newKey = () => `key ${++keys}`

const post = (caller: Caller, path: string, body: unknown, key: string) =>
  caller.request('POST', path, body, { 'idempotency-key': key })

/** What creates something: where, with what, and where the caller counts it. */
const creates = (): Record<string, [path: string, body: unknown, list: string]> => ({
  guild: ['/guilds', { name: 'Another' }, '/users/@me/guilds'],
  structure: [
    '/guilds',
    {
      name: 'Another',
      roles: [{}, { name: 'one' }],
      channels: [{ id: 1, name: 'one' }],
      system_channel_id: 1,
    },
    '/users/@me/guilds',
  ],
  channel: [`/guilds/${guild.id}/channels`, { name: 'one' }, `/guilds/${guild.id}/channels`],
  role: [`/guilds/${guild.id}/roles`, { name: 'one' }, `/guilds/${guild.id}/roles`],
  emoji: [`/guilds/${guild.id}/emojis`, { name: 'one', image: dataUri(PNG) }, `/guilds/${guild.id}/emojis`],
  invite: [`/channels/${guild.general}/invites`, { unique: true }, `/channels/${guild.general}/invites`],
  message: [
    `/channels/${guild.general}/messages`,
    { content: 'once' },
    `/channels/${guild.general}/messages?limit=100`,
  ],
  application: ['/applications', { name: 'Another' }, '/applications'],
  group: ['/users/@me/channels', { recipients: [bob.id, eve.id] }, '/users/@me/channels'],
})

/** Those that take an id over, so that even what was cut off is made once. */
const TAKING_IDS = ['guild', 'structure', 'channel', 'role', 'emoji', 'message', 'application', 'group']

const count = async (list: string): Promise<number> => (await ada.expect('GET', list)).length
const isReplayed = ({ headers }: Exchange) => headers.get('idempotency-replayed') === 'true'

/** Makes the last request under a key one whose process was killed before it answered. */
const cutOff = (ago: string) =>
  query(
    server.dataDir,
    `update kept_answers set status = null, answer = null, claimed_until = now() - interval '1 second',
       begun_at = now() - $1::interval where begun_at = (select max(begun_at) from kept_answers)`,
    [ago],
  )

describe('[HTTP-7] with the same key and body', () => {
  test('each create is answered the same, and makes nothing new', async () => {
    for (const [what, [path, body, list]] of Object.entries(creates())) {
      const key = newKey()
      const before = await count(list)
      const first = await post(ada, path, body, key)
      const second = await post(ada, path, body, key)
      expect([what, first.status < 300, isReplayed(first), isReplayed(second)]).toEqual([
        what,
        true,
        false,
        true,
      ])
      expect([what, second.status, second.body]).toEqual([what, first.status, first.body])
      expect([what, await count(list)]).toEqual([what, before + 1])
      expect((await post(ada, path, body, newKey())).status).toBe(first.status)
      expect([what, await count(list)]).toEqual([what, before + 2])
    }
  })

  test('answers without a body, and files, are known again', async () => {
    const key = newKey()
    const typing = () => post(ada, `/channels/${guild.general}/typing`, undefined, key)
    expect([await typing(), await typing()].map(({ status, body }) => [status, body])).toEqual([
      [204, ''],
      [204, ''],
    ])
    const form = (text: string) => {
      const data = new FormData()
      data.append('files[0]', new Blob([text]), 'a.txt')
      return data
    }
    const path = `/channels/${guild.general}/messages`
    const another = newKey()
    const first = await post(ada, path, form('x'), another)
    expect((await post(ada, path, form('x'), another)).body).toEqual(first.body)
    expect((await post(ada, path, form('y'), another)).status).toBe(422)
  })

  test('of several at once one creates; the others get its answer, or 409 with Retry-After', async () => {
    const [path, body, list] = creates().role as [string, unknown, string]
    const before = await count(list)
    const key = newKey()
    const all = await Promise.all(Array.from({ length: 8 }, () => post(ada, path, body, key)))
    const done = all.filter(({ status }) => status === 200)
    expect(done.length).toBeGreaterThan(0)
    expect(new Set(done.map((one) => one.body.id)).size).toBe(1)
    for (const { status, headers } of all)
      if (status !== 200) expect([status, headers.get('retry-after')]).toEqual([409, '1'])
    expect(await count(list)).toBe(before + 1)
    expect((await post(ada, path, body, key)).body).toEqual(done[0]?.body)
  })

  test('what was cut off after its effect is gone on with, and made once', async () => {
    for (const what of TAKING_IDS) {
      const [path, body, list] = creates()[what] as [string, unknown, string]
      const key = newKey()
      const before = await count(list)
      const first = await post(ada, path, body, key)
      await cutOff('10 seconds')
      const second = await post(ada, path, body, key)
      expect([what, second.status, second.body.id]).toEqual([what, first.status, first.body.id])
      expect([what, second.body.roles, second.body.system_channel_id]).toEqual([
        what,
        first.body.roles,
        first.body.system_channel_id,
      ])
      expect([what, await count(list)]).toEqual([what, before + 1])
      expect(isReplayed(await post(ada, path, body, key))).toBe(true)
    }
  })

  test('what was cut off more than a minute ago is not known, and not made again', async () => {
    const [path, body, list] = creates().channel as [string, unknown, string]
    const key = newKey()
    await post(ada, path, body, key)
    await cutOff('2 minutes')
    const before = await count(list)
    const again = await post(ada, path, body, key)
    expect([again.status, again.headers.get('retry-after')]).toEqual([409, null])
    expect(await count(list)).toBe(before)
  })

  test('what was refused is decided anew', async () => {
    const key = newKey()
    const path = `/guilds/${guild.id}/channels`
    expect((await post(bob, path, { name: 'x' }, key)).status).toBe(403)
    const { code } = await ada.expect('POST', `/channels/${guild.general}/invites`, {})
    await bob.expect('POST', `/invites/${code}`, {})
    await ada.expect('PATCH', `/guilds/${guild.id}/roles/${guild.id}`, { permissions: String(1024 + 16) })
    expect((await post(bob, path, { name: 'x' }, key)).status).toBe(201)
  })
})

describe('[HTTP-7] a key', () => {
  test('of another body, or another query, is 422, and nothing happens', async () => {
    const [path, body, list] = creates().role as [string, object, string]
    const key = newKey()
    await post(ada, path, body, key)
    const before = await count(list)
    for (const [where, what] of [
      [path, { ...body, hoist: true }],
      [`${path}?x=1`, body],
    ] as const) {
      const other = await post(ada, where, what, key)
      expect([other.status, other.body]).toEqual([
        422,
        { code: 0, message: expect.stringContaining('Idempotency-Key') },
      ])
    }
    expect(await count(list)).toBe(before)
  })

  test('is of one caller and one route', async () => {
    const key = newKey()
    const made = await Promise.all([
      post(ada, '/guilds', { name: 'x y' }, key),
      post(bob, '/guilds', { name: 'x y' }, key),
      post(ada, '/applications', { name: 'x y' }, key),
    ])
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201])
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(3)
  })

  test.for(['', 'x'.repeat(256), 'ä', '\t'])('"%s" is none', async (key) => {
    const { status, body } = await post(ada, '/guilds', { name: 'No guild' }, key)
    expect([status, body.code, Object.keys(body.errors)]).toEqual([400, 50035, ['Idempotency-Key']])
  })

  test('keeps no tokens', async () => {
    const { applicationId } = await newBot(ada, guild.id)
    const key = newKey()
    const reset = () => post(ada, `/applications/${applicationId}/bot/reset`, undefined, key)
    expect((await reset()).body.token).not.toBe((await reset()).body.token)
    const credentials = { login: ada.username, password: 'correct horse battery' }
    const login = () => post(ada, '/auth/login', credentials, key)
    expect((await login()).body.token).not.toBe((await login()).body.token)
    const kept = (await query(server.dataDir, 'select answer from kept_answers')) as {
      answer: string | null
    }[]
    expect(kept.filter(({ answer }) => answer?.includes('"token"'))).toEqual([])
  })
})
