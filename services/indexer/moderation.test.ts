import { afterAll, beforeAll, expect, test } from 'vitest'
import { migratePostgres } from '#db/migrate.ts'
import { openPostgresEventLog } from '#shared/adapters/event-log/postgres-event-log.ts'
import { PostgresTimelineStore } from '#shared/adapters/timeline-store/postgres-timeline-store.ts'
import { AuditAction } from '#shared/domain/guild/audit-log.ts'
import { systemClock } from '#shared/kernel/clock.ts'
import { asSnowflake, firstIdAt, START } from '#shared/kernel/ids.ts'
import { err } from '#shared/kernel/result.ts'
import { createLogger } from '#shared/platform/logger.ts'
import type { EventLog, LogEvent } from '#shared/ports/event-log.ts'
import { SCHEMAS } from '#shared/protocol/events.ts'
import { messageSubject, subjectOf } from '#shared/protocol/subjects.ts'
import { type Database, openDatabase } from '#shared/store/database.ts'
import { GuildWriter } from '#shared/store/guild-writer.ts'
import { MessageDeletions, noteMessageDeletion } from '#shared/store/message-deletions.ts'
import { OutboxAppender } from '#shared/store/outbox-appender.ts'
import { createDatabase } from '#test/support/database.ts'
import { eventually } from '#test/support/eventually.ts'
import { deleteMessages } from './delete-messages.ts'
import { enterDeletions } from './enter-deletions.ts'

const [OWNER, BANNED, GUILD] = ['1', '2', '3']
const CHANNELS = ['10', '11', '12']
const GUILD_CHAIN = { kind: 'guild', id: asSnowflake(GUILD) } as const
const NOW = Date.parse('2026-01-02T03:04:05Z')

let database: Database
let log: EventLog
let timeline: PostgresTimelineStore
let drop: () => Promise<void>

beforeAll(async () => {
  const made = await createDatabase()
  drop = made.drop
  await migratePostgres(made.url)
  database = openDatabase(made.url, { max: 6, onTrouble: () => {} })
  log = await openPostgresEventLog({ url: made.url, clock: systemClock })
  timeline = new PostgresTimelineStore(database.pool)
  await database.pool.query(`
    insert into users (id, username) values (${OWNER}, 'owner'), (${BANNED}, 'banned');
    insert into guilds (id, name, owner_id) values (${GUILD}, 'guild', ${OWNER});
    insert into channels (id, guild_id, type, name)
      values (10, ${GUILD}, 0, 'a'), (11, ${GUILD}, 4, 'b'), (12, ${GUILD}, 0, 'c')`)
})
afterAll(async () => {
  await log.close()
  await database.close()
  await drop()
})

let made = 0

/** A message that is in the log and in the timeline; its id is of `at`. */
async function say(channelId: string, authorId: string, at: number): Promise<string> {
  const id = String(BigInt(firstIdAt(at)) + BigInt(++made))
  const event = {
    subject: subjectOf(GUILD_CHAIN),
    type: 'MESSAGE_CREATE',
    schema: SCHEMAS.MESSAGE_CREATE,
    facts: { channel_id: channelId, message_id: id, author_id: authorId, mentions: [] },
    d: JSON.stringify({ id, channel_id: channelId, author: { id: authorId }, content: '' }),
  } as const
  const appended = await log.append(event)
  if (!appended.ok) throw new Error(appended.error.code)
  await timeline.apply([{ ...event, position: appended.value.position }])
  return id
}

const events = (): Promise<readonly LogEvent[]> => log.read({ after: START, limit: 10_000 })

async function bulks(): Promise<{ channel_id: string; ids: readonly string[] }[]> {
  return (await events()).flatMap((event) => (event.type === 'MESSAGE_DELETE_BULK' ? [event.facts] : []))
}

/** An indexer's part that does the jobs; ends with `stop`. */
function worker(appendBatch: EventLog['appendBatch'] = (...batch) => log.appendBatch(...batch)) {
  const stopping = new AbortController()
  const done = deleteMessages(
    {
      jobs: new MessageDeletions(database.db),
      log: { bounds: () => log.bounds(), appendBatch },
      timeline,
      projections: { position: async () => (await log.bounds()).last },
      clock: systemClock,
      logger: createLogger({ service: 'test', level: 'silent' }),
    },
    stopping.signal,
  )
  return {
    stop: () => {
      stopping.abort()
      return done
    },
  }
}

const jobs = () => database.db.selectFrom('message_deletions').selectAll().execute()
const makeDue = () => database.pool.query('update message_deletions set due_at = now()')

test('[MOD-3] a job goes on after crashes; what came late goes too, what is older or of others stays', async () => {
  const gone: string[] = []
  const kept = [await say('10', BANNED, NOW - 3_700_000)]
  for (let n = 0; n < 230; n++) {
    gone.push(await say('10', BANNED, NOW - 1_000 + n))
    if (n % 7 === 0) kept.push(await say('10', OWNER, NOW - 1_000 + n))
  }
  gone.push(await say('12', BANNED, NOW - 500))
  kept.push(await say('12', BANNED, NOW + 6_000))
  await database.db
    .transaction()
    .execute((tx) =>
      noteMessageDeletion(tx, { id: '99', guildId: GUILD, userIds: [BANNED], seconds: 3_600, now: NOW }),
    )

  let batches = 0
  const first = worker(async (...batch) => {
    if (++batches === 2) throw new Error('killed')
    return log.appendBatch(...batch)
  })
  await eventually('the crash', () => batches === 2)
  await first.stop()
  expect((await bulks()).map(({ ids }) => ids.length)).toEqual([100])

  let refusals = 0
  await makeDue()
  const second = worker(async () => {
    refusals++
    return err({ code: 'refused', reason: 'full' })
  })
  await eventually('a refusal', () => refusals > 0)
  await second.stop()

  await makeDue()
  const two = [worker(), worker()]
  await eventually('the first time through', async () => (await jobs())[0]?.again === false, 20_000)
  const late = await say('10', BANNED, NOW + 1_000)
  await makeDue()
  await eventually('the end', async () => (await jobs()).length === 0, 20_000)
  for (const one of two) await one.stop()

  const deleted = await bulks()
  for (const { ids } of deleted) expect(ids.length).toBeLessThanOrEqual(100)
  expect(deleted.flatMap(({ ids }) => ids)).toEqual([...gone, late])
  const left = await Promise.all(CHANNELS.map((id) => timeline.page(id, { after: '0' }, 1_000, OWNER)))
  expect(
    left
      .flat()
      .map(({ id }) => id)
      .sort(),
  ).toEqual(kept.sort())
}, 60_000)

test('[MOD-4] a deletion is entered once, whoever applies it and however often', async () => {
  const deletion = {
    subject: messageSubject(GUILD_CHAIN, '50'),
    type: 'MESSAGE_DELETE',
    schema: SCHEMAS.MESSAGE_DELETE,
    facts: {
      channel_id: '10',
      message_id: '50',
      audit: {
        id: '500',
        action_type: AuditAction.MESSAGE_DELETE,
        user_id: OWNER,
        target_id: BANNED,
        reason: 'x',
      },
    },
    d: '',
    position: START,
  } as LogEvent
  const writer = () => new GuildWriter(database.db, new OutboxAppender(database.db, log))
  const ofNowhere = {
    ...deletion,
    subject: messageSubject({ kind: 'guild', id: asSnowflake('4') }, '50'),
  } as LogEvent
  await Promise.all([writer(), writer()].map((guilds) => enterDeletions(guilds, [deletion, ofNowhere])))
  await enterDeletions(writer(), [deletion])
  expect(await database.db.selectFrom('audit_log').select(['id', 'guild_id', 'reason']).execute()).toEqual([
    { id: '500', guild_id: GUILD, reason: 'x' },
  ])
  const told = (await events()).filter(({ type }) => type === 'GUILD_AUDIT_LOG_ENTRY_CREATE')
  expect(told.map(({ d }) => JSON.parse(d))).toMatchObject([
    { id: '500', guild_id: GUILD, target_id: BANNED },
  ])
})

test('[MOD-3] repeated bans are one job with the widest window, which is read to its end once more', async () => {
  const note = (id: string, seconds: number, now: number) =>
    database.db
      .transaction()
      .execute((tx) => noteMessageDeletion(tx, { id, guildId: GUILD, userIds: [BANNED], seconds, now }))
  await note('101', 60, NOW + 20_000)
  const early = await say('10', BANNED, NOW + 10_000)
  const working = new MessageDeletions(database.db)
  for (const again of [true, false]) {
    await makeDue()
    const taken = await working.take()
    expect(taken).toMatchObject({ id: '101', again })
    if (!again) {
      await note('102', 3_600, NOW + 30_000)
      await note('103', 6, NOW + 40_000)
    }
    await working.finish(taken as NonNullable<typeof taken>)
  }
  const window = { after_id: firstIdAt(NOW + 30_000 - 3_600_000), before_id: firstIdAt(NOW + 45_000) }
  expect(await jobs()).toMatchObject([{ id: '101', again: false, channel_id: '0', ...window }])
  // What was written between two bans is nobody's business.
  await note('104', 1, NOW + 60_000)
  expect(await jobs()).toHaveLength(2)

  await makeDue()
  const last = worker()
  await eventually('the end', async () => (await jobs()).length === 0, 20_000)
  await last.stop()
  expect((await bulks()).flatMap(({ ids }) => ids)).toContain(early)
})
