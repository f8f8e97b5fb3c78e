import { afterAll, beforeAll, expect, test } from 'vitest'
import { migratePostgres } from '#db/migrate.ts'
import { openPostgresEventLog } from '#shared/adapters/event-log/postgres-event-log.ts'
import { systemClock } from '#shared/kernel/clock.ts'
import { asPosition, type Position } from '#shared/kernel/ids.ts'
import { createLogger } from '#shared/platform/logger.ts'
import type { EventLog } from '#shared/ports/event-log.ts'
import { type Database, openDatabase } from '#shared/store/database.ts'
import { Projections } from '#shared/store/projections.ts'
import { createDatabase } from '#test/support/database.ts'
import { purge } from './purge.ts'

let database: Database
let log: EventLog
let drop: () => Promise<void>
const HOUR = 3_600_000

beforeAll(async () => {
  const made = await createDatabase()
  drop = made.drop
  await migratePostgres(made.url)
  database = openDatabase(made.url, { max: 3, onTrouble: () => {} })
  log = await openPostgresEventLog({ url: made.url, clock: systemClock })
})
afterAll(async () => {
  await log.close()
  await database.close()
  await drop()
})

/** As if it were `later` ms from now. */
const purgeAt = (later: number) =>
  purge({
    database,
    log,
    retentionMs: HOUR,
    clock: { ...systemClock, now: () => Date.now() + later },
    logger: createLogger({ service: 'test', level: 'silent' }),
  })

test('[LOG-7] the purge stays behind the age limit, the projections and unmarked outbox rows', async () => {
  const positions: Position[] = []
  for (let index = 1; index <= 10; index++) {
    const appended = await log.append({
      subject: 'events.0.g.1',
      type: 'MESSAGE_DELETE',
      schema: 1,
      facts: { channel_id: '1', message_id: String(index) },
      d: '{}',
    })
    if (appended.ok) positions.push(appended.value.position)
  }
  const last = positions.at(-1) as Position
  const first = async () => (await log.bounds()).first
  const projections = new Projections(database.pool)

  await projections.confirm('timeline', last)
  await projections.confirm('channel_heads', last)
  await projections.confirm('mentions', last)
  await projections.confirm('audit_log', last)
  await purgeAt(0)
  expect(await first(), 'too young').toBe(1)

  await database.pool.query(`update projections set position = 4 where name = 'timeline'`)
  await purgeAt(2 * HOUR)
  expect(await first(), 'not in the timeline yet').toBe(5)

  await projections.confirm('timeline', last)
  await database.pool.query(`update projections set position = 6 where name = 'channel_heads'`)
  await purgeAt(2 * HOUR)
  expect(await first(), 'not in the heads yet').toBe(7)

  await projections.confirm('channel_heads', last)
  await database.pool.query(`update projections set position = 7 where name = 'mentions'`)
  await purgeAt(2 * HOUR)
  expect(await first(), 'not among the mentions yet').toBe(8)

  await projections.confirm('mentions', last)
  await insertOutboxRow(1, null, new Date(0))
  await purgeAt(2 * HOUR)
  expect(await first(), 'an outbox row is older and not marked').toBe(8)

  await database.pool.query('update outbox set position = $1', [last])
  await insertOutboxRow(2, asPosition(last + 1), new Date())
  await purgeAt(2 * HOUR)
  expect(await first()).toBe(last + 1)
  expect(await projections.position('purged'), 'is known where the log is not asked').toBe(last)
  const rows = await database.pool.query('select version from outbox order by version')
  expect(rows.rows).toEqual([{ version: '2' }])
  await purgeAt(2 * HOUR)
  expect((await log.bounds()).last, 'nothing moves').toBe(last)
})

async function insertOutboxRow(version: number, position: Position | null, at: Date): Promise<void> {
  await database.db
    .insertInto('outbox')
    .values({
      aggregate_kind: 'guild',
      aggregate_id: '1',
      version: String(version),
      type: 'GUILD_UPDATE',
      schema: 1,
      facts: '{}',
      d: '',
      undo: '[]',
      position: position === null ? null : String(position),
      created_at: at,
    })
    .execute()
}
