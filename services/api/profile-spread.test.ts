import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { migratePostgres } from '#db/migrate.ts'
import { openPostgresEventLog } from '#shared/adapters/event-log/postgres-event-log.ts'
import { systemClock } from '#shared/kernel/clock.ts'
import { deferred } from '#shared/kernel/deferred.ts'
import { START } from '#shared/kernel/ids.ts'
import { ok } from '#shared/kernel/result.ts'
import { createLogger } from '#shared/platform/logger.ts'
import type { EventLog } from '#shared/ports/event-log.ts'
import { parseSubject } from '#shared/protocol/subjects.ts'
import { openDirect, openGroup } from '#shared/store/conversation-store.ts'
import { type Database, openDatabase } from '#shared/store/database.ts'
import { GuildWriter } from '#shared/store/guild-writer.ts'
import { OutboxAppender } from '#shared/store/outbox-appender.ts'
import { noteProfileChange, ProfileChanges } from '#shared/store/profile-changes.ts'
import { writeUsers } from '#shared/store/user-writer.ts'
import { createDatabase } from '#test/support/database.ts'
import { eventually } from '#test/support/eventually.ts'
import { ProfileSpread } from './profile-spread.ts'

const USER = '1'
const OTHER = '2'
const FRIEND = '20'
const STRANGER = '21'
const GUILDS = ['10', '11', '12']

let database: Database
let log: EventLog
let appender: OutboxAppender
let drop: () => Promise<void>

beforeAll(async () => {
  const made = await createDatabase()
  drop = made.drop
  await migratePostgres(made.url)
  database = openDatabase(made.url, { max: 6, onTrouble: () => {} })
  log = await openPostgresEventLog({ url: made.url, clock: systemClock })
  appender = new OutboxAppender(database.db, log)
  await database.pool.query(`insert into users (id, username) values (${USER}, 'user'), (${OTHER}, 'other')`)
  for (const id of GUILDS)
    await database.pool.query(`
      insert into guilds (id, name, owner_id) values (${id}, 'guild', ${USER});
      insert into members (guild_id, user_id, joined_at) values (${id}, ${USER}, now() - interval '1 day')`)
})
afterAll(async () => {
  await log.close()
  await database.close()
  await drop()
})
beforeEach(() => database.pool.query('delete from profile_changes'))

const change = (id: string, name: string) =>
  database.db.transaction().execute(async (tx) => {
    await tx.updateTable('users').set({ global_name: name }).where('id', '=', USER).execute()
    await noteProfileChange(tx, { id, userId: USER })
  })

/** Which guilds were told of a name. */
async function toldOf(name: string): Promise<string[]> {
  const events = await log.read({ after: START, limit: 1_000 })
  return events
    .filter(({ type, d }) => type === 'GUILD_MEMBER_UPDATE' && JSON.parse(d).user.global_name === name)
    .map(({ d }) => JSON.parse(d).guild_id)
}

const due = () => database.pool.query(`update profile_changes set due_at = now()`)
const jobs = async () => (await database.pool.query('select again from profile_changes')).rows

/** One process' part of the work, which dies at a guild. */
function worker(diesAt?: string) {
  const guilds = new GuildWriter(database.db, appender)
  const stopping = new AbortController()
  const write: GuildWriter['write'] = (guildId, decide) => {
    if (guildId !== diesAt) return guilds.write(guildId, decide)
    stopping.abort()
    return new Promise(() => {})
  }
  const spread = new ProfileSpread({
    jobs: new ProfileChanges(database.db),
    guilds: { write } as GuildWriter,
    db: database.db,
    appender,
    clock: systemClock,
    logger: createLogger({ service: 'test', level: 'silent' }),
  })
  const running = spread.run(stopping.signal)
  return {
    spread,
    async stop() {
      stopping.abort()
      await running
    },
  }
}

test('what one process leaves behind another one does, from where it was', async () => {
  await change('1', 'one')
  worker('11')
  await eventually('the first', async () => (await toldOf('one')).length === 1)
  await due()
  const other = worker()
  await eventually('the rest', async () => (await toldOf('one')).length === 3)
  await eventually('the second time', async () => (await jobs())[0]?.again === false)
  await due()
  other.spread.notify()
  await eventually('the end', async () => (await jobs()).length === 0)
  expect(await toldOf('one')).toEqual(GUILDS)
  await other.stop()
})

test('who changes again meanwhile is told of anew, in every guild', async () => {
  await change('1', 'two')
  const first = new ProfileChanges(database.db)
  const job = await first.take()
  await change('2', 'three')
  expect(job && (await first.progress(job, '12'))).toBe(false)
  const other = worker()
  await eventually('all', async () => (await toldOf('three')).length === 3)
  expect(await toldOf('two')).toEqual([])
  await other.stop()
})

test('guilds that were being joined with what he was before are told once more', async () => {
  await change('1', 'four')
  const other = worker()
  await eventually('all', async () => (await jobs())[0]?.again === false)
  await database.pool.query(`
    insert into guilds (id, name, owner_id) values (13, 'guild', ${USER});
    insert into members (guild_id, user_id, joined_at) values (13, ${USER}, now() - interval '1 second')`)
  await due()
  other.spread.notify()
  await eventually('the end', async () => (await jobs()).length === 0)
  expect(await toldOf('four')).toEqual([...GUILDS, '13'])
  await other.stop()
})

test('conversations and people are told in one order with guilds, and only once', async () => {
  await database.pool.query(`
    insert into users (id, username) values (${FRIEND}, 'friend'), (${STRANGER}, 'stranger');
    insert into relationships (user_id, other_id, type) values
      (${FRIEND}, ${USER}, 1), (${USER}, ${FRIEND}, 1), (${OTHER}, ${USER}, 2), (${USER}, ${STRANGER}, 2)`)
  const opened = await openDirect(database.db, appender, [USER, STRANGER])
  const conversation = opened.ok ? opened.value.id : ''
  await change('1', 'five')
  worker('11')
  await eventually('the first', async () => (await toldOf('five')).length === 1)
  const others = async () =>
    (await log.read({ after: START, limit: 1_000 }))
      .filter(
        ({ type, facts, d }) => type !== 'GUILD_MEMBER_UPDATE' && JSON.stringify([facts, d]).includes('five'),
      )
      .map(({ type, subject }) => [type, parseSubject(subject).id])
  expect(await others()).toEqual([['RELATIONSHIP_ADD', OTHER]])
  await due()
  const other = worker()
  await eventually('the rest', async () => (await jobs())[0]?.again === false)
  await due()
  other.spread.notify()
  await eventually('the end', async () => (await jobs()).length === 0)
  expect(await others()).toEqual([
    ['RELATIONSHIP_ADD', OTHER],
    ['RELATIONSHIP_ADD', FRIEND],
    ['CHANNEL_UPDATE', conversation],
  ])
  await other.stop()
})

const openings = {
  'a direct conversation': () => openDirect(database.db, appender, [USER, OTHER]),
  'a group': () =>
    openGroup(database.db, appender, { id: '500', owner_id: OTHER, userIds: [USER, OTHER] }, async () =>
      ok(undefined),
    ),
}

test.each(Object.entries(openings))(
  '%s that is opened while somebody changes has his new name',
  async (_, open) => {
    const changing = deferred<void>()
    const locked = deferred<void>()
    const changed = writeUsers(database.db, appender, [USER], async (users) => {
      locked.resolve()
      await changing.promise
      await users.update(USER, { global_name: 'six' })
      return ok(undefined)
    })
    await locked.promise
    const opening = open()
    await eventually('it waits', async () => {
      const { rows } = await database.pool.query('select from pg_locks where not granted')
      return rows.length > 0
    })
    changing.resolve()
    await changed
    const opened = await opening
    expect(opened.ok && opened.value.recipients.map(({ global_name }) => global_name)).toEqual(['six', null])
  },
)
