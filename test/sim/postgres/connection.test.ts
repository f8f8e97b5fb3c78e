import { sql } from 'kysely'
import { beforeEach, describe, expect, test } from 'vitest'
import { asPosition } from '#shared/kernel/ids.ts'
import { hashToken } from '#shared/protocol/tokens.ts'
import { CreateAttempts, expireAttempts } from '#shared/store/create-attempts.ts'
import type { Db } from '#shared/store/database.ts'
import { newIds } from '#shared/store/guild-store.ts'
import { readIdentity } from '#shared/store/identity-store.ts'
import { Projections } from '#shared/store/projections.ts'
import { readRequestFacts } from '#shared/store/request-facts.ts'
import { takeSlowModeTurn } from '#shared/store/slow-mode.ts'
import { seedBot, seedPerson } from './seed.ts'
import { type PostgresHost, SimulatedPostgres } from './simulated-postgres.ts'

const START = 1_700_000_000_000

let now: number
let server: SimulatedPostgres
let travel: PostgresHost['roundTrip']
let trips: string[]
const host: PostgresHost = {
  roundTrip: (what, run) => {
    trips.push(what)
    return travel(what, run)
  },
}
const calm: PostgresHost = { roundTrip: (_, run) => run() }

beforeEach(() => {
  now = START
  trips = []
  travel = calm.roundTrip
  server = new SimulatedPostgres({ now: () => now })
  seedPerson(server, '1', 'ada', 'ada-token')
  server.insert('guilds', { id: '11', name: 'old', owner_id: '1' })
})

const rename = (db: Db, name: string) =>
  db.updateTable('guilds').set({ name }).where('id', '=', '11').executeTakeFirst()
const renameWithin = (db: Db, name: string) => db.transaction().execute((tx) => rename(tx, name))
const name = () => server.rows('guilds')[0]?.name
const settle = async () => {
  for (let turn = 0; turn < 50; turn++) await null
}

/** Loses the connection at a statement, before or after it took effect. */
const losing =
  (at: string, when: 'before' | 'after'): PostgresHost['roundTrip'] =>
  async (what, run) => {
    if (what === at && when === 'before') throw new Error('connection lost')
    const answer = await run()
    if (what === at) throw new Error('connection lost')
    return answer
  }

describe('a connection', () => {
  test('makes a round trip for each statement', async () => {
    const { db } = server.connect(host).database
    await renameWithin(db, 'new')
    await rename(db, 'newer')
    await newIds(db, 1)
    expect(trips).toEqual(['begin', 'update guilds', 'commit', 'update guilds', 'new-ids'])
  })

  test.each([
    ['update guilds', 'before', 'old'],
    ['update guilds', 'after', 'old'],
    ['commit', 'before', 'old'],
    ['commit', 'after', 'new'],
  ] as const)('that is lost at "%s" %s it took effect leaves the %s rows', async (at, when, left) => {
    travel = losing(at, when)
    const { db } = server.connect(host).database
    // As with pg, the rollback that Kysely tries is what fails last.
    await expect(renameWithin(db, 'new')).rejects.toThrow('not queryable')
    expect(name()).toBe(left)
    expect(server.locked).toBe(0)
    travel = calm.roundTrip
    await renameWithin(db, 'again')
    expect(name()).toBe('again')
  })

  test.each([
    ['before', 'old'],
    ['after', 'new'],
  ] as const)('that is lost %s a statement of its own leaves the %s rows', async (when, left) => {
    travel = losing('update guilds', when)
    await expect(rename(server.connect(host).database.db, 'new')).rejects.toThrow('connection lost')
    expect(name()).toBe(left)
    expect(server.locked).toBe(0)
  })

  test('that is lost while a statement waits for a lock: alone it still happens, in a transaction not', async () => {
    const holder = await server.connect(calm).database.db.startTransaction().execute()
    await rename(holder, 'held')
    let lose = () => {}
    travel = (what, run) =>
      what.startsWith('update')
        ? new Promise((_, reject) => {
            void run()
            lose = () => reject(new Error('connection lost'))
          })
        : run()
    const { db } = server.connect(host).database
    for (const run of [renameWithin, rename]) {
      const lost = expect(run(db, run.name)).rejects.toThrow()
      await settle()
      expect(server.waiting).toBe(1)
      lose()
      await lost
    }
    expect(server.waiting).toBe(1)
    await holder.commit().execute()
    await settle()
    expect(name()).toBe('rename')
    expect(server.locked).toBe(0)
  })

  test('tells of an error of SQL and lives on', async () => {
    const { db } = server.connect(calm).database
    const insert = db.insertInto('guilds').values({ id: '11', name: '', owner_id: '1' }).execute()
    await expect(insert).rejects.toMatchObject({ code: '23505' })
    await db.transaction().execute(async (tx) => {
      await rename(tx, 'new')
    })
    expect(name()).toBe('new')
  })
})

describe('a killed process', () => {
  test('leaves nothing of its open transactions, and hears no more', async () => {
    const client = server.connect(host)
    const waiting = await server.connect(calm).database.db.startTransaction().execute()
    const open = await client.database.db.startTransaction().execute()
    await rename(open, 'never')
    const next = rename(waiting, 'next')
    await settle()
    expect(server.waiting).toBe(1)
    let heard = false
    const hear = () => {
      heard = true
    }
    travel = async (_, run) => {
      const answer = await run()
      client.kill()
      return answer
    }
    void rename(open, 'more').then(hear, hear)
    await next
    await waiting.commit().execute()
    void rename(client.database.db, 'dead').then(hear, hear)
    await settle()
    expect(heard).toBe(false)
    expect(name()).toBe('next')
    expect(server.locked).toBe(0)
  })

  test('whose statement had not arrived changes nothing', async () => {
    const client = server.connect(host)
    travel = (_, run) => {
      client.kill()
      return run()
    }
    void rename(client.database.db, 'never')
    await settle()
    expect(name()).toBe('old')
  })

  test('that waits for a lock leaves the queue', async () => {
    const holder = await server.connect(calm).database.db.startTransaction().execute()
    await rename(holder, 'held')
    const client = server.connect(calm)
    void renameWithin(client.database.db, 'never')
    await settle()
    expect(server.waiting).toBe(1)
    client.kill()
    await holder.commit().execute()
    await settle()
    expect(name()).toBe('held')
    expect(server.locked).toBe(0)
  })
})

describe('a statement that is not simulated', () => {
  test.each([
    ['a text', (db: Db) => sql`select 1 + 1`.execute(db), 'select 1 + 1'],
    [
      'a clause',
      (db: Db) => db.selectFrom('users').select('id').groupBy('id').execute(),
      'SelectQueryNode.groupBy',
    ],
    [
      'an operator',
      (db: Db) => db.selectFrom('users').select('id').where('username', 'like', 'a%').execute(),
      '"operator":"like"',
    ],
    [
      'a piece of SQL',
      (db: Db) => db.selectFrom('users').select('id').where(sql<boolean>`bot is unknown`).execute(),
      'bot is unknown',
    ],
    ['a table', (db: Db) => db.selectFrom('timeline').selectAll().execute(), 'timeline'],
  ])('is refused by its name: %s', async (_, run, named) => {
    await expect(run(server.connect(calm).database.db)).rejects.toThrow(named)
  })

  test('is refused in the pool too', async () => {
    const { pool } = server.connect(calm).database
    await expect(pool.query('select 2', [])).rejects.toThrow('select 2')
  })
})

describe("the server's clock", () => {
  test('stands still within a transaction, and makes ids that grow', async () => {
    const { db } = server.connect(calm).database
    await db.transaction().execute(async (tx) => {
      now += 5_000
      await tx
        .insertInto('tokens')
        .values({ hash: Buffer.from('x'), user_id: '1' })
        .execute()
      const [first, second] = (await newIds(tx, 2)) as [string, string]
      expect(Number(BigInt(first) >> 22n) + 1_420_070_400_000).toBe(START + 5_000)
      expect(BigInt(second) - BigInt(first)).toBe(1n)
    })
    expect(server.rows('tokens').at(-1)?.created_at).toEqual(new Date(START))
  })

  test('counts the wait of slow mode and the minute of an attempt', async () => {
    const { db, pool } = server.connect(calm).database
    const slowMode = { channelId: '21', seconds: 10 }
    expect(await takeSlowModeTurn(pool, slowMode, '1')).toBe(0)
    now += 9_500
    expect(await takeSlowModeTurn(pool, slowMode, '1')).toBe(0.5)
    now += 500
    expect(await takeSlowModeTurn(pool, slowMode, '1')).toBe(0)

    const attempt = { route: 'POST /x', bodyHash: Buffer.from('body') }
    const attempts = new CreateAttempts(db, {} as never)
    const attempted = async () =>
      (
        await readRequestFacts(pool, {
          tokenHash: hashToken('ada-token'),
          channelId: null,
          guildId: null,
          attempt,
        })
      )?.attemptedId
    await attempts.noteIn(db, { ...attempt, callerId: '1', id: '77' })
    now += 5_999
    expect(await attempted(), 'it may be under way').toBe(null)
    now += 1
    expect(await attempted()).toBe('77')
    now += 59_999
    expect(await attempted()).toBe('77')
    now += 1
    expect(await attempted()).toBe(null)
    await expireAttempts(db)
    expect(server.rows('create_attempts')).toHaveLength(1)
    now += 1
    await expireAttempts(db)
    expect(server.rows('create_attempts')).toEqual([])
  })
})

test('a seeded bot is known with its application', async () => {
  seedBot(server, '5', 'bot', 'bot-token', { ownerId: '1', flags: 3 })
  const { pool } = server.connect(calm).database
  const identity = await readIdentity(pool, hashToken('bot-token'), asPosition(0))
  expect(identity).toMatchObject({ user: { id: '5', bot: true }, application: { id: '5', flags: 3 } })
  expect(await new Projections(pool).position('log')).toBe(0)
})
