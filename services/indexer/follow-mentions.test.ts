import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { migratePostgres } from '#db/migrate.ts'
import { asPosition, START } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import { SCHEMAS } from '#shared/protocol/events.ts'
import { type Database, openDatabase } from '#shared/store/database.ts'
import { Projections } from '#shared/store/projections.ts'
import { createDatabase } from '#test/support/database.ts'
import { followMentions } from './follow-mentions.ts'

const [GUILD, CONVERSATION, CHANNEL, ADA, BOB, ROLE, BOT] = ['1', '2', '3', '4', '5', '6', '7'] as const

let database: Database
let drop: () => Promise<void>

beforeAll(async () => {
  const made = await createDatabase()
  drop = made.drop
  await migratePostgres(made.url)
  database = openDatabase(made.url, { max: 8, onTrouble: () => {} })
})
afterAll(async () => {
  await database.close()
  await drop()
})
beforeEach(async () => {
  await database.pool.query('truncate mentions, read_states, projections')
})

interface Said {
  readonly author?: string
  readonly users?: readonly string[]
  readonly roles?: readonly string[]
  readonly everyone?: boolean
  readonly conversation?: true
}

function message(
  type: 'MESSAGE_CREATE' | 'MESSAGE_UPDATE',
  position: number,
  id: string,
  said: Said = {},
): LogEvent {
  const { author = ADA, users = [], roles = [], everyone = false, conversation } = said
  const channel_id = conversation ? CONVERSATION : CHANNEL
  const facts = { channel_id, message_id: id, author_id: author, mentions: users, delta: {} }
  const shown = { author: { bot: author === BOT }, mention_roles: roles, mention_everyone: everyone }
  return {
    subject: conversation ? `events.0.c.${CONVERSATION}` : `events.0.g.${GUILD}`,
    type,
    schema: SCHEMAS[type],
    facts,
    d: JSON.stringify(shown),
    position: asPosition(position),
  }
}

const deletion = (position: number, ids: readonly string[]): LogEvent => ({
  subject: `events.0.g.${GUILD}`,
  type: 'MESSAGE_DELETE_BULK',
  schema: SCHEMAS.MESSAGE_DELETE_BULK,
  facts: { channel_id: CHANNEL, ids },
  d: '',
  position: asPosition(position),
})

const follow = (events: readonly LogEvent[], from: number = START) =>
  followMentions(database, events, asPosition(from))
const mentions = async () =>
  (await database.pool.query('select message_id, target_id from mentions order by 1, 2')).rows.map(
    ({ message_id, target_id }) => `${message_id} ${target_id}`,
  )
const read = async () =>
  (
    await database.pool.query('select user_id, channel_id, last_message_id from read_states order by 1, 2')
  ).rows.map((row) => Object.values(row).join(' '))

const events = [
  message('MESSAGE_CREATE', 1, '101', { users: [BOB, ADA], roles: [ROLE] }),
  message('MESSAGE_CREATE', 2, '102', { everyone: true }),
  message('MESSAGE_UPDATE', 3, '101', { users: [BOB], roles: [] }),
  message('MESSAGE_CREATE', 4, '103', { conversation: true, author: BOB }),
  message('MESSAGE_CREATE', 5, '104', { author: BOT, users: [BOB] }),
  message('MESSAGE_UPDATE', 6, '102', { everyone: true, users: [BOB] }),
  deletion(7, ['104', '999']),
]
const EXPECTED = [`101 ${BOB}`, `102 ${GUILD}`, `103 ${CONVERSATION}`]

test('[PRJ-6] whom a message notifies stays as long as it does, and its author has read up to it', async () => {
  await follow(events)
  expect(await mentions()).toEqual(EXPECTED)
  expect(await read(), 'bots read nothing').toEqual([`${ADA} ${CHANNEL} 102`, `${BOB} ${CONVERSATION} 103`])
})

test('[PRJ-6] whatever pieces events come in, how often, and whoever else applies them at the same time', async () => {
  const others = events.flatMap((_, from) =>
    events.slice(from).map((_, n) => events.slice(from, from + n + 1)),
  )
  for (const piece of events)
    await Promise.all([follow([piece]), follow(events.slice(0, 3)), follow([piece])])
  for (const some of others) await follow(some)
  expect(await mentions()).toEqual(EXPECTED)
  expect(await new Projections(database.pool).position('mentions')).toBe(7)
})

test('[PRJ-6] one that is behind brings nothing back, and what was set back is not passed over', async () => {
  await follow(events)
  await follow(events.slice(0, 5))
  expect(await mentions(), 'a slow one').toEqual(EXPECTED)

  const projections = new Projections(database.pool)
  await database.pool.query('truncate mentions')
  await projections.startOver('mentions')
  const later = message('MESSAGE_CREATE', 8, '105', { users: [BOB] })
  await follow([later], 7)
  expect(await projections.position('mentions'), 'he who does not know it yet').toBe(0)
  await follow([...events, later])
  expect(await mentions()).toEqual([...EXPECTED, `105 ${BOB}`])
})

test('[PRJ-6] an acknowledgement that is newer than an own message stays', async () => {
  const insert = 'insert into read_states (user_id, channel_id, last_message_id, acked_id, mention_count)'
  await database.pool.query(`${insert} values ($1, $2, 100, 110, 3), ($3, $4, 100, 100, 2)`, [
    ADA,
    CHANNEL,
    BOB,
    CONVERSATION,
  ])
  await follow(events)
  expect(await read()).toEqual([`${ADA} ${CHANNEL} 100`, `${BOB} ${CONVERSATION} 103`])
  const { rows } = await database.pool.query('select mention_count from read_states order by user_id')
  expect(rows.map(({ mention_count }) => mention_count)).toEqual([3, null])
})
