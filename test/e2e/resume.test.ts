import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  answerToResume,
  comparable,
  GatewayClient,
  type Received,
  TestSession,
} from '#test/support/gateway-client.ts'
import { join, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { newSeed, RandomOperations, seededRandom } from '#test/support/random-operations.ts'
import { startRestartable } from '#test/support/restartable-server.ts'
import type { RestartableServer } from '#test/support/test-server.ts'

// Several starts of a server, or of a whole cluster, in one test.
vi.setConfig({ testTimeout: 240_000 })

let server: RestartableServer
let ada: Person
let bob: Person
let guild: { id: string; general: string }

beforeAll(async () => {
  server = await startRestartable()
  ada = await newPerson(server.http, 'ada')
  bob = await newPerson(server.http, 'bob')
  guild = await newGuild(ada)
  await join(ada, bob, guild.general)
})
afterAll(async () => {
  await server.dispose()
})

const say = (who: Person, content: string) =>
  who.expect('POST', `/channels/${guild.general}/messages`, { content })

const names = (frames: readonly Received[]) => frames.map(({ t, s }) => [t, s])

/** Two sessions of one person that have been sent the same: one to be cut off, one to compare with. */
async function twins(who: Person): Promise<{ session: TestSession; uncut: TestSession }> {
  const session = await TestSession.identify(server.gateway, who.token)
  const uncut = await TestSession.identify(server.gateway, who.token)
  return { session, uncut }
}

/** Records are moved and removed behind the client's back: soon there is nothing to resume from `seq`. */
const expectEnded = ({ token, sessionId, seq: last }: TestSession, seq = last) =>
  expect
    .poll(() => answerToResume(server.gateway, { token, sessionId, seq }), { timeout: 10_000 })
    .toMatchObject({ op: 9, d: false })

let marks = 0
/** Both have everything up to now, and it is the same. */
async function expectEqual(session: TestSession, uncut: TestSession): Promise<void> {
  const { id } = await say(ada, `mark ${++marks}`)
  for (const one of [session, uncut]) {
    await one.until(({ t, d }) => t === 'MESSAGE_CREATE' && d.id === id, `mark ${marks}`)
    expect([one.seq, ...one.problems]).toEqual([one.stream.length])
  }
  expect(comparable(session.stream)).toEqual(comparable(uncut.stream))
}

describe('what was missed', () => {
  test('[RES-1] comes once, in order, with consecutive numbers, and then RESUMED', async () => {
    const { session, uncut } = await twins(bob)
    const kept = await say(ada, 'before the cut')
    await session.until(({ d }) => d.id === kept.id)
    const seq = session.seq
    await session.cut()

    const message = await say(ada, 'while away')
    const at = `/channels/${guild.general}/messages`
    await ada.expect('PATCH', `${at}/${message.id}`, { content: 'edited while away' })
    await ada.expect('PUT', `${at}/${kept.id}/reactions/${encodeURIComponent('👍')}/@me`)
    await bob.expect('PUT', `${at}/${kept.id}/reactions/${encodeURIComponent('👍')}/@me`)
    await ada.expect('DELETE', `${at}/${kept.id}/reactions/${encodeURIComponent('👍')}/@me`)
    await ada.expect('DELETE', `${at}/${kept.id}/reactions`)
    await ada.expect('DELETE', `${at}/${message.id}`)
    const channel = await ada.expect('POST', `/guilds/${guild.id}/channels`, { name: 'new' })
    await ada.expect('PATCH', `/channels/${channel.id}`, { topic: 'changed' })
    const role = await ada.expect('POST', `/guilds/${guild.id}/roles`, { name: 'helpers' })
    await ada.expect('PUT', `/guilds/${guild.id}/members/${bob.id}/roles/${role.id}`)
    await ada.expect('PATCH', `/guilds/${guild.id}/roles/${role.id}`, { name: 'heroes' })
    await ada.expect('DELETE', `/guilds/${guild.id}/roles/${role.id}`)
    const carl = await newPerson(server.http, 'carl')
    await join(ada, carl, guild.general)
    await ada.expect('DELETE', `/guilds/${guild.id}/members/${carl.id}`)
    await ada.expect('DELETE', `/channels/${channel.id}`)
    await ada.expect('PATCH', `/guilds/${guild.id}`, { name: 'Renamed' })

    const replay = await session.resume(server.gateway)
    expect(names(replay)).toEqual(
      [
        'MESSAGE_CREATE',
        'MESSAGE_UPDATE',
        'MESSAGE_REACTION_ADD',
        'MESSAGE_REACTION_ADD',
        'MESSAGE_REACTION_REMOVE',
        'MESSAGE_REACTION_REMOVE_ALL',
        'MESSAGE_DELETE',
        'CHANNEL_CREATE',
        'CHANNEL_UPDATE',
        'GUILD_ROLE_CREATE',
        'GUILD_MEMBER_UPDATE',
        'GUILD_ROLE_UPDATE',
        'GUILD_ROLE_DELETE',
        // Carl's invite is for those who manage the channel.
        'GUILD_MEMBER_ADD',
        'MESSAGE_CREATE',
        'GUILD_MEMBER_REMOVE',
        'CHANNEL_DELETE',
        'GUILD_UPDATE',
      ].map((t, index) => [t, seq + 1 + index]),
    )
    await expectEqual(session, uncut)
    await session.client.close()
    await uncut.client.close()
  })

  test('[RES-1] RESUMED repeats the last number, and is all when nothing was missed', async () => {
    const session = await TestSession.identify(server.gateway, bob.token)
    await session.cut()
    expect(await session.resume(server.gateway)).toEqual([])
    expect(session.client.dispatches[0]).toMatchObject({ t: 'RESUMED', s: session.seq })
    await session.client.close()
  })

  test('[RES-1] over any number of cuts at random points the stream is that of a session without any', async () => {
    const random = seededRandom(newSeed('random cuts'))
    const { session, uncut } = await twins(bob)
    for (let cuts = 0; cuts < 12; cuts++) {
      const writing = Promise.all(Array.from({ length: 12 }, (_, index) => say(ada, `cut ${cuts}.${index}`)))
      const wanted = session.seq + Math.floor(random() * 12)
      await session.until(({ s }) => (s ?? 0) >= wanted)
      if (random() < 0.4) await session.heartbeat()
      await session.cut()
      // Some resumes come while things are being written, some after.
      if (random() < 0.5) await writing
      await session.resume(server.gateway)
      await writing
    }
    await expectEqual(session, uncut)
    await session.client.close()
    await uncut.client.close()
  })
})

describe('where a session resumes from', () => {
  test('[RES-2] without any heartbeat: from whatever the client says it has', async () => {
    const session = await TestSession.identify(server.gateway, bob.token)
    const base = session.seq
    for (let n = 1; n <= 6; n++) await say(ada, `unacknowledged ${n}`)
    await session.until(({ s }) => s === base + 6)
    await session.cut()
    const contents = session.stream.slice(base).map(({ d }) => d.content)
    for (const have of [6, 3, 0, 5]) {
      const client = await GatewayClient.open(server.gateway)
      client.resume(bob.token, session.sessionId, base + have)
      const resumed = await client.until(({ t }) => t === 'RESUMED')
      const replay = client.dispatches.slice(0, client.dispatches.indexOf(resumed))
      expect(replay.map(({ s, d }) => [s, d.content])).toEqual(
        contents.map((content, index) => [base + 1 + index, content]).slice(have),
      )
      expect(resumed.s).toBe(base + 6)
      await client.terminate()
    }
  })

  test('[RES-2] a heartbeat moves the record to what was acknowledged and no further', async () => {
    const session = await TestSession.identify(server.gateway, bob.token)
    const base = session.seq
    for (let n = 1; n <= 4; n++) await say(ada, `acknowledged in part ${n}`)
    await session.until(({ s }) => s === base + 4)
    await session.client.heartbeat(base + 400)
    await session.client.heartbeat(base + 2)
    await session.client.heartbeat(null)
    await session.cut()
    // Records are moved together: when that of a later heartbeat has moved, so has this one.
    const later = await TestSession.identify(server.gateway, bob.token)
    await say(ada, 'acknowledged later')
    await later.until(({ d }) => d.content === 'acknowledged later')
    await later.heartbeat()
    await expectEnded(later, later.seq - 1)
    const client = await GatewayClient.open(server.gateway)
    client.resume(bob.token, session.sessionId, base + 2)
    await client.until(({ t }) => t === 'RESUMED')
    expect(names(client.dispatches.slice(0, 4))).toEqual([
      ['MESSAGE_CREATE', base + 3],
      ['MESSAGE_CREATE', base + 4],
      ['MESSAGE_CREATE', base + 5],
      ['RESUMED', base + 5],
    ])
    await client.terminate()
  })

  test('[RES-2][RES-6] below an acknowledged number there is nothing to resume from', async () => {
    const session = await TestSession.identify(server.gateway, bob.token)
    await say(ada, 'soon acknowledged')
    await session.until(({ d }) => d.content === 'soon acknowledged')
    await session.heartbeat()
    await expectEnded(session, session.seq - 1)
  })

  test('[RES-1] a client that did not even read READY to its end begins anew', async () => {
    const session = await TestSession.identify(server.gateway, bob.token)
    const client = await GatewayClient.open(server.gateway)
    client.resume(bob.token, session.sessionId, null)
    expect((await client.until(({ op }) => op === 9)).d).toBe(false)
    await client.close()
    await session.client.close()
  })
})

describe('after kill -9', () => {
  test('[RES-3][RES-4][RES-5] the next process replays what was missed before the kill and after it', async () => {
    const { session, uncut } = await twins(bob)
    await say(ada, 'acknowledged')
    await session.until(({ d }) => d.content === 'acknowledged')
    await session.heartbeat()
    const last = await say(ada, 'received, not acknowledged')
    await session.until(({ d }) => d.id === last.id)
    await session.cut()
    const { seq } = session
    const written = await Promise.all(Array.from({ length: 8 }, (_, n) => say(ada, `before the kill ${n}`)))
    const role = await ada.expect('POST', `/guilds/${guild.id}/roles`, { name: 'before' })
    await uncut.until(({ t, d }) => t === 'GUILD_ROLE_CREATE' && d.role.id === role.id)
    await server.restart()
    await say(ada, 'after the start')
    await ada.expect('PUT', `/guilds/${guild.id}/members/${bob.id}/roles/${role.id}`)
    expect(names(await session.resume(server.gateway))).toEqual(
      [
        ...written.map(() => 'MESSAGE_CREATE'),
        'GUILD_ROLE_CREATE',
        'MESSAGE_CREATE',
        'GUILD_MEMBER_UPDATE',
      ].map((t, index) => [t, seq + 1 + index]),
    )
    await uncut.resume(server.gateway)
    await expectEqual(session, uncut)

    // Killed again, with a session that this process has resumed, and a channel that Bob loses for a while.
    await session.cut()
    const hide = `/channels/${guild.general}/permissions/${bob.id}`
    await ada.expect('PUT', hide, { type: 1, allow: '0', deny: '1024' })
    await say(ada, 'unseen before the kill')
    const talk = await ada.expect('POST', '/users/@me/channels', { recipient_id: bob.id })
    await server.restart()
    await say(ada, 'unseen after the kill')
    await ada.expect('POST', `/channels/${talk.id}/messages`, { content: 'between us' })
    await ada.expect('DELETE', hide)
    await say(ada, 'seen again')
    const replay = await session.resume(server.gateway)
    expect(replay.map(({ t, d }) => [t, d.content ?? d.id])).toEqual([
      ['CHANNEL_DELETE', guild.general],
      ['CHANNEL_CREATE', talk.id],
      ['MESSAGE_CREATE', 'between us'],
      ['CHANNEL_CREATE', guild.general],
      ['MESSAGE_CREATE', 'seen again'],
    ])
    await uncut.resume(server.gateway)
    await expectEqual(session, uncut)
    await session.client.close()
    await uncut.client.close()
  })

  test('[RES-3] SIGTERM asks clients to reconnect; they resume on the next process', async () => {
    const session = await TestSession.identify(server.gateway, bob.token)
    await say(ada, 'before the stop')
    await session.until(({ d }) => d.content === 'before the stop')
    expect(await server.stop()).toBe(0)
    const { code } = await session.client.closed
    expect(code).not.toBe(1000)
    expect(code).not.toBe(1001)
    expect(session.client.frames.at(-1)).toMatchObject({ op: 7 })
    await server.start()
    await say(ada, 'after the start')
    expect((await session.resume(server.gateway)).map(({ d }) => d.content)).toEqual(['after the start'])
    await session.client.close()
  })
})

describe('[RES-6] a resume that cannot be is answered with op 9 false', () => {
  const refused = async (token: string, sessionId: string, seq: unknown) => {
    const client = await GatewayClient.open(server.gateway)
    client.resume(token, sessionId, seq)
    const answer = await client.until(({ op, t }) => op === 9 || t === 'RESUMED')
    expect(answer).toMatchObject({ op: 9, d: false })
    expect(client.dispatches).toEqual([])
    return client
  }

  test('and the client identifies on the same socket', async () => {
    const client = await refused(bob.token, 'f'.repeat(32), 1)
    const { s } = await client.identify(bob.token)
    expect(s).toBe(1)
    await client.until(({ t }) => t === 'GUILD_CREATE')
    await client.heartbeat()
    await client.close()
  })

  test('also twice in a row', async () => {
    const client = await refused(bob.token, 'no such session', 1)
    const from = client.frames.length
    client.resume(bob.token, '', 0)
    await client.until(({ op }) => op === 9, { from })
    await client.identify(bob.token)
    await client.close()
  })

  test("another user's session", async () => {
    const session = await TestSession.identify(server.gateway, bob.token)
    await session.cut()
    await (await refused(ada.token, session.sessionId, session.seq)).close()
    await session.resume(server.gateway) // still there
    await session.client.close()
  })

  test('a number larger than was sent, however large', async () => {
    const session = await TestSession.identify(server.gateway, bob.token)
    await session.cut()
    for (const seq of [session.seq + 1, session.seq + 1_000, 2 ** 53, 1e300])
      await (await refused(bob.token, session.sessionId, seq)).close()
    await session.resume(server.gateway)
    expect(session.problems).toEqual([])
    await session.client.close()
  })

  test('a session that its client ended', async () => {
    const session = await TestSession.identify(server.gateway, bob.token)
    await session.client.close(1000)
    await expectEnded(session)
  })

  test('a wrong token is 4004 all the same', async () => {
    const session = await TestSession.identify(server.gateway, bob.token)
    await session.cut()
    const client = await GatewayClient.open(server.gateway)
    client.resume('wrong', session.sessionId, session.seq)
    expect((await client.closed).code).toBe(4004)
  })
})

describe('[RES-7] a session that is resumed while its older connection is open', () => {
  test('lets go of that one, without a close code that would end it', async () => {
    const { session, uncut } = await twins(bob)
    const old = session.client
    await session.resume(server.gateway)
    const { code } = await old.closed
    expect(code === 1000 || code === 1001).toBe(false)
    const from = old.frames.length
    await expectEqual(session, uncut)
    expect(old.frames.length).toBe(from)
    await session.cut()
    await session.resume(server.gateway)
    await expectEqual(session, uncut)
    await session.client.close()
    await uncut.client.close()
  })

  test('also when several connections resume it at once: at most one goes on', async () => {
    const session = await TestSession.identify(server.gateway, bob.token)
    const { seq } = session
    const clients = await Promise.all(Array.from({ length: 4 }, () => GatewayClient.open(server.gateway)))
    const closed = new Set<GatewayClient>()
    for (const client of clients) {
      void client.closed.then(() => closed.add(client))
      client.resume(bob.token, session.sessionId, seq)
    }
    await expect.poll(() => closed.size, { timeout: 10_000 }).toBeGreaterThanOrEqual(3)
    const { id } = await say(ada, 'for one of four')
    const gets = (client: GatewayClient) => client.until(({ d }) => d?.id === id)
    const left = clients.find((client) => !closed.has(client))
    const served = await (left && gets(left).catch(() => undefined))
    if (!served) {
      // Two gateways that took it at the same moment took it from each other: it is resumed once more.
      const again = await GatewayClient.open(server.gateway)
      again.resume(bob.token, session.sessionId, seq)
      await gets(again)
      await again.close()
    }
    await left?.close()
  })
})

test('[SES-1][SES-2][RES-1][RES-3][VIS-1] a soak: cut and resumed at random, over a kill -9 too, sessions have the stream of uncut ones', async () => {
  const random = seededRandom(newSeed('soak'))
  const carl = await newPerson(server.http, 'carl')
  const arena = await newGuild(ada, 'Arena')
  await join(ada, carl, guild.general)
  const people = [bob, carl]
  for (const person of people) await join(ada, person, arena.general)
  const groups = await Promise.all(
    [ada, ...people].map(async ({ token }) => ({
      uncut: await TestSession.identify(server.gateway, token),
      cut: [
        await TestSession.identify(server.gateway, token),
        await TestSession.identify(server.gateway, token),
      ],
    })),
  )
  const clock = groups[0]?.uncut as TestSession
  const operations = new RandomOperations({ random, guild: arena, owner: ada, people })
  let going = true
  const writers = [1, 2, 3].map(async () => {
    while (going) await operations.step()
  })
  const end = Date.now() + SOAK_MS
  const cutters = groups
    .flatMap(({ cut }) => cut)
    .map(async (session) => {
      while (Date.now() < end) {
        const received = session.seq + Math.floor(random() * 30)
        await session.until(({ s }) => (s ?? 0) >= received)
        if (random() < 0.4) await session.heartbeat()
        await session.cut()
        const missed = clock.seq + Math.floor(random() * 30)
        await clock.until(({ s }) => (s ?? 0) >= missed)
        await session.resume(server.gateway)
      }
    })
  await Promise.all(cutters).finally(() => {
    going = false
  })
  await Promise.all(writers)

  // Those that are cut off now have missed something before the kill, and miss more after it.
  const [first, second] = [0, 1].map((index) => groups.map(({ cut }) => cut[index] as TestSession))
  for (const session of first ?? []) await session.cut()
  await operations.run(40)
  await server.restart()
  await operations.run(20)
  for (const session of second ?? []) await session.resume(server.gateway)
  for (const { uncut } of groups) await uncut.resume(server.gateway)
  await operations.run(20)
  for (const session of first ?? []) await session.resume(server.gateway)
  for (const person of people) await operations.comeBack(person)

  for (const { uncut, cut } of groups) {
    for (const session of cut) await expectEqual(session, uncut)
    for (const session of [uncut, ...cut]) await session.client.close()
  }
  const sent = groups.map(({ uncut }) => uncut.stream.length)
  console.log(
    `soak: ${sent.join(', ')} dispatches per person; refusals: ${[...operations.refusals].join(' ')}`,
  )
})

const SOAK_MS = 12_000
