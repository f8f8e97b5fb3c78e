import { afterAll, beforeAll, expect, test } from 'vitest'
import { migratePostgres } from '#db/migrate.ts'
import { openPostgresEventLog } from '#shared/adapters/event-log/postgres-event-log.ts'
import type { Member } from '#shared/domain/guild/entities.ts'
import { systemClock } from '#shared/kernel/clock.ts'
import { START } from '#shared/kernel/ids.ts'
import { createLogger } from '#shared/platform/logger.ts'
import type { EventLog } from '#shared/ports/event-log.ts'
import { type Database, openDatabase } from '#shared/store/database.ts'
import { GuildWriter } from '#shared/store/guild-writer.ts'
import { OutboxAppender } from '#shared/store/outbox-appender.ts'
import { noteTemporary } from '#shared/store/temporary-members.ts'
import { createDatabase } from '#test/support/database.ts'
import { sweepTemporaryMembers } from './temporary-members.ts'

const GUILD = '10'

let database: Database
let log: EventLog
let drop: () => Promise<void>
beforeAll(async () => {
  const made = await createDatabase()
  drop = made.drop
  await migratePostgres(made.url)
  database = openDatabase(made.url, { max: 4, onTrouble: () => {} })
  log = await openPostgresEventLog({ url: made.url, clock: systemClock })
  await database.pool.query(`
    insert into users (id, username) values (1, 'owner');
    insert into guilds (id, name, owner_id) values (${GUILD}, 'guild', 1);
    insert into members (guild_id, user_id, joined_at) values (${GUILD}, 1, now())`)
})
afterAll(async () => {
  await log.close()
  await database.close()
  await drop()
})

/** Somebody who came by a temporary invite so many seconds ago. */
async function guest(id: number, secondsAgo: number, roles: string[] = []): Promise<void> {
  const joined = new Date(Date.now() - secondsAgo * 1_000)
  const { pool } = database
  await pool.query('insert into users (id, username) values ($1, $2)', [id, `guest ${id}`])
  const of = [GUILD, id, joined]
  await pool.query('insert into members (guild_id, user_id, joined_at, roles) values ($1, $2, $3, $4)', [
    ...of,
    roles,
  ])
  const member = { user: { id: String(id) }, joined_at: joined.toISOString() } as Member
  await database.db.transaction().execute((tx) => noteTemporary(tx, GUILD, member))
}

const column = async (sql: string) =>
  (await database.pool.query(sql)).rows.map(({ user_id }) => Number(user_id))
const sweep = (...there: number[]) =>
  sweepTemporaryMembers({
    database,
    guilds: new GuildWriter(database.db, new OutboxAppender(database.db, log)),
    liveSessions: { hasAny: async (id) => there.includes(Number(id)) },
    clock: systemClock,
    logger: createLogger({ service: 'test', level: 'silent' }),
  })

test('who is gone leaves, once; who is there, has just come, has a role, or came anew otherwise, stays', async () => {
  const [gone, present, justCome, given, anew] = [2, 3, 4, 5, 6]
  for (const id of [gone, present]) await guest(id, 600)
  await guest(justCome, 5)
  await guest(given, 600, ['77'])
  await guest(anew, 600)
  await database.pool.query(`update members set joined_at = now() where user_id = ${anew}`)
  await Promise.all([sweep(present, justCome), sweep(present, justCome)])
  await sweep(present, justCome)
  const events = await log.read({ after: START, limit: 100 })
  expect(events.map(({ type, d }) => [type, JSON.parse(d).user.id])).toEqual([
    ['GUILD_MEMBER_REMOVE', String(gone)],
  ])
  expect(await column('select user_id from members order by user_id')).toEqual([
    1,
    present,
    justCome,
    given,
    anew,
  ])
  expect(await column('select user_id from temporary_members order by user_id')).toEqual([present, justCome])
  await sweep(justCome)
  await sweep(justCome)
  expect(await column('select user_id from temporary_members order by user_id')).toEqual([justCome])
})
