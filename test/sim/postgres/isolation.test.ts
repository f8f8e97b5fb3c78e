import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { asPosition, asSnowflake } from '#shared/kernel/ids.ts'
import { ok } from '#shared/kernel/result.ts'
import type { EventLog } from '#shared/ports/event-log.ts'
import { raiseHeads, readHeads } from '#shared/store/channel-heads.ts'
import type { Db } from '#shared/store/database.ts'
import { OutboxAppender } from '#shared/store/outbox-appender.ts'
import { realServer, type Server, simulatedServer } from './servers.ts'

describe.each([
  ['real', realServer],
  ['simulated', simulatedServer],
])('transactions of the %s Postgres', (_, open) => {
  let server: Server
  let db: Db
  let one: Awaited<ReturnType<typeof begin>>
  let other: typeof one
  const begin = () => db.startTransaction().execute()
  const code = (error: unknown) => String((error as { code?: string }).code)
  const nameOf = (from: Db, id: string) =>
    from.selectFrom('guilds').select('name').where('id', '=', id).executeTakeFirst()
  const lock = (from: Db, id: string) =>
    from.selectFrom('guilds').select('name').where('id', '=', id).forUpdate().executeTakeFirst()
  const rename = (from: Db, id: string, name: string) =>
    from.updateTable('guilds').set({ name }).where('id', '=', id).execute()

  beforeAll(async () => {
    server = await open()
    db = server.db
  })
  afterAll(() => server.close())

  beforeEach(async () => {
    for (const id of ['1', '2'])
      await db
        .insertInto('users')
        .values({ id, username: `user-${id}` })
        .execute()
    for (const id of ['11', '12'])
      await db
        .insertInto('guilds')
        .values({ id, name: `guild-${id}`, owner_id: '1' })
        .execute()
    one = await begin()
    other = await begin()
  })
  afterEach(async () => {
    for (const transaction of [one, other]) {
      if (!transaction.isCommitted && !transaction.isRolledBack) await transaction.rollback().execute()
    }
    for (const table of ['guilds', 'channels', 'users', 'projections', 'outbox'] as const)
      await db.deleteFrom(table).execute()
  })

  test('a lock is waited for, and shows the row as it is then', async () => {
    await lock(one, '11')
    const waiting = lock(other, '11')
    await server.waiting(1)
    await rename(one, '11', 'new')
    expect(await nameOf(one, '11')).toEqual({ name: 'new' })
    expect(await nameOf(db, '11')).toEqual({ name: 'guild-11' })
    await one.commit().execute()
    expect(await waiting).toEqual({ name: 'new' })
  })

  test('a row that was deleted or no longer matches is not updated by who waited for it', async () => {
    await rename(one, '11', 'new')
    await one.deleteFrom('guilds').where('id', '=', '12').execute()
    const named = (name: string) =>
      db.updateTable('guilds').set({ name: 'late' }).where('name', '=', name).returning('id').execute()
    const [renamed, deleted] = [named('guild-11'), named('guild-12')]
    await server.waiting(2)
    await one.commit().execute()
    expect(await renamed).toEqual([])
    expect(await deleted).toEqual([])
    expect(await nameOf(db, '11')).toEqual({ name: 'new' })
  })

  test('increments at once are all counted', async () => {
    const raise = (from: Db) =>
      from
        .updateTable('guilds')
        .set((on) => ({ afk_timeout: on('afk_timeout', '+', 1) }))
        .where('id', '=', '11')
        .returning('afk_timeout')
        .executeTakeFirst()
    await raise(one)
    const waiting = [raise(db), raise(db), raise(db)]
    await server.waiting(3)
    await one.commit().execute()
    await Promise.all(waiting)
    expect(await raise(db)).toEqual({ afk_timeout: 305 })
  })

  test('of two inserts of a key the second waits: it fails after a commit and succeeds after a rollback', async () => {
    const insert = (from: Db, name: string) => from.insertInto('projections').values({ name }).execute()
    await insert(one, 'a')
    await insert(other, 'b')
    const [late, early] = [insert(db, 'a').catch(code), insert(db, 'b').catch(code)]
    await server.waiting(2)
    await one.commit().execute()
    await other.rollback().execute()
    expect([await late, await early]).toEqual(['23505', [expect.anything()]])
  })

  test('an upsert waits for the row that it finds, and changes what became of it', async () => {
    const upsert = (from: Db, position: string) =>
      from
        .insertInto('projections')
        .values({ name: 'log', position })
        .onConflict((on) => on.column('name').doUpdateSet({ position }))
        .execute()
    await upsert(one, '5')
    const waiting = upsert(db, '7')
    await server.waiting(1)
    await one.commit().execute()
    await waiting
    expect(await db.selectFrom('projections').selectAll().execute()).toEqual([{ name: 'log', position: '7' }])
  })

  test('an insert that does nothing on conflict waits for the other, and then holds no lock', async () => {
    await db.insertInto('channels').values({ id: '21', type: 1 }).execute()
    const insert = (from: Db) =>
      from
        .insertInto('direct_conversations')
        .values({ low_user_id: '1', high_user_id: '2', channel_id: '21' })
        .onConflict((on) => on.doNothing())
        .returning('channel_id')
        .execute()
    expect(await insert(one)).toEqual([{ channel_id: '21' }])
    const waiting = insert(other)
    await server.waiting(1)
    await one.commit().execute()
    expect(await waiting).toEqual([])
    expect(await insert(db)).toEqual([])
    await db.deleteFrom('direct_conversations').execute()
  })

  test('a snapshot shows what was committed at its first statement', async () => {
    const snapshot = await db.startTransaction().setIsolationLevel('repeatable read').execute()
    await rename(db, '11', 'before')
    expect(await nameOf(snapshot, '11')).toEqual({ name: 'before' })
    await rename(db, '11', 'after')
    await db.deleteFrom('guilds').where('id', '=', '12').execute()
    await db.insertInto('guilds').values({ id: '13', name: 'late', owner_id: '1' }).execute()
    const seen = await snapshot.selectFrom('guilds').select(['id', 'name']).orderBy('id').execute()
    expect(seen).toEqual([
      { id: '11', name: 'before' },
      { id: '12', name: 'guild-12' },
    ])
    expect(await rename(snapshot, '11', 'mine').catch(code)).toBe('40001')
    await snapshot.rollback().execute()
  })

  test('a reference locks out deletion and for update, not other changes', async () => {
    await one
      .insertInto('members')
      .values({ guild_id: '11', user_id: '2', joined_at: new Date(0) })
      .execute()
    await other.updateTable('users').set({ global_name: 'two' }).where('id', '=', '2').execute()
    await other
      .insertInto('members')
      .values({ guild_id: '12', user_id: '2', joined_at: new Date(0) })
      .execute()
    const waiting = lock(db, '11')
    await server.waiting(1)
    await one.commit().execute()
    await waiting
  })

  test('a child whose parent is being deleted waits, and is refused', async () => {
    await one.deleteFrom('guilds').where('id', '=', '11').execute()
    const waiting = db.insertInto('bans').values({ guild_id: '11', user_id: '1' }).execute().catch(code)
    await server.waiting(1)
    await one.commit().execute()
    expect(await waiting).toBe('23503')
  })

  test('a deletion takes what refers to the row along', async () => {
    await db.insertInto('channels').values({ id: '21', type: 0, guild_id: '11' }).execute()
    await db.insertInto('conversation_recipients').values({ channel_id: '21', user_id: '1' }).execute()
    await db.deleteFrom('guilds').where('id', '=', '11').execute()
    expect(await db.selectFrom('channels').select('id').execute()).toEqual([])
    expect(await db.selectFrom('conversation_recipients').select('user_id').execute()).toEqual([])
    expect(await db.deleteFrom('users').where('id', '=', '1').execute().catch(code)).toBe('23503')
  })

  test('marks of the outbox and raised heads keep what was written while they waited', async () => {
    const aggregate = { aggregate_kind: 'guild', aggregate_id: '11', version: '1' } as const
    const event = { type: 'GUILD_UPDATE', schema: 1, facts: '{}', d: '', undo: '[]' }
    await db
      .insertInto('outbox')
      .values({ ...aggregate, ...event })
      .execute()
    await one.updateTable('outbox').set({ position: '5' }).where('aggregate_id', '=', '11').execute()
    await one.insertInto('channel_heads').values({ channel_id: '21', last_message_id: '100' }).execute()
    const append: EventLog['append'] = async () => ok({ position: asPosition(9), duplicate: false })
    const marking = new OutboxAppender(db, { append } as EventLog).append({
      kind: 'guild',
      id: asSnowflake('11'),
    })
    const raising = raiseHeads(server.pool, new Map([['21', '99']]))
    await server.waiting(2)
    await one.commit().execute()
    await Promise.all([marking, raising])
    expect(await db.selectFrom('outbox').select('position').execute()).toEqual([{ position: '5' }])
    expect([...(await readHeads(server.pool, ['21']))]).toEqual([['21', '100']])
  })

  test('of a circle of waiters one fails, and the others go on', async () => {
    await lock(one, '11')
    await lock(other, '12')
    const results = await Promise.all(
      [lock(one, '12'), lock(other, '11')].map((each, index) =>
        each.then(
          () => 'locked',
          async (error) => {
            await (index === 0 ? one : other).rollback().execute()
            return code(error)
          },
        ),
      ),
    )
    expect(results.sort()).toEqual(['40P01', 'locked'])
  })

  test('after an error a transaction holds no locks and does nothing more, and its commit rolls back', async () => {
    await rename(one, '11', 'new')
    expect(
      await one.insertInto('guilds').values({ id: '12', name: '', owner_id: '1' }).execute().catch(code),
    ).toBe('23505')
    expect(await nameOf(one, '11').catch(code)).toBe('25P02')
    await rename(db, '11', 'of another')
    await one.commit().execute()
    expect(await nameOf(db, '11')).toEqual({ name: 'of another' })
  })

  test('a read-only transaction takes no locks', async () => {
    const reader = await db.startTransaction().setAccessMode('read only').execute()
    expect(await lock(reader, '11').catch(code)).toBe('25006')
    await reader.rollback().execute()
  })

  test('values come as the driver gives them', async () => {
    const overwrites = [
      { type: 0, deny: '1', allow: '2', id: '3', nested: { b: [1, { z: 1, y: 2 }], a: null } },
    ]
    const [row] = await db
      .insertInto('channels')
      .values({ id: 9_007_199_254_740_993n, type: 0, permission_overwrites: JSON.stringify(overwrites) })
      .returningAll()
      .execute()
    expect(JSON.stringify(row)).toBe(
      '{"id":"9007199254740993","guild_id":null,"type":0,"name":null,"topic":null,"position":0,"nsfw":false,' +
        '"rate_limit_per_user":0,"bitrate":null,"user_limit":null,"parent_id":null,"owner_id":null,"icon":null,' +
        '"permission_overwrites":[{"id":"3","deny":"1","type":0,"allow":"2",' +
        '"nested":{"a":null,"b":[1,{"y":2,"z":1}]}}],"flags":0,"version":"0",' +
        '"last_pin_timestamp":null}',
    )
    await one
      .insertInto('members')
      .values({
        guild_id: '11',
        user_id: '2',
        roles: ['7', '05'],
        joined_at: '2026-01-02T03:04:05.678000+00:00',
      })
      .execute()
    expect(await one.selectFrom('members').selectAll().execute()).toEqual([
      {
        guild_id: '11',
        user_id: '2',
        nick: null,
        avatar: null,
        roles: ['7', '5'],
        joined_at: new Date('2026-01-02T03:04:05.678Z'),
        deaf: false,
        mute: false,
        flags: 0,
        communication_disabled_until: null,
      },
    ])
    expect(await nameOf(db, '0011')).toEqual({ name: 'guild-11' })
    expect(await nameOf(db, 'x').catch(code)).toBe('22P02')
    expect(await nameOf(db, '9223372036854775808').catch(code)).toBe('22003')
    expect(
      await db
        .insertInto('bans')
        .values({ guild_id: '11', user_id: null as never })
        .execute()
        .catch(code),
    ).toBe('23502')
  })
})
