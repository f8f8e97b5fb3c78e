import { afterAll, beforeAll, expect, test } from 'vitest'
import { PostgresMessageSearch } from '#shared/adapters/message-search/postgres-message-search.ts'
import { freshPlace } from './message-events.ts'
import { messageSearchContract } from './message-search.contract.ts'
import { openPostgresStore } from './postgres-store.ts'

messageSearchContract('Postgres full text', async () => {
  const { pool, close } = await openPostgresStore()
  return { search: new PostgresMessageSearch(pool), caughtUp: async () => {}, close }
})

let store: Awaited<ReturnType<typeof openPostgresStore>>
let search: PostgresMessageSearch
beforeAll(async () => {
  store = await openPostgresStore()
  search = new PostgresMessageSearch(store.pool)
})
afterAll(() => store.close())

const usual = { sortOrder: 'desc', byRelevance: false, limit: 25, offset: 0 } as const

test('of many searches at once some have to come again, and all are answered', async () => {
  const asked = { ...usual, channelIds: [freshPlace().channel] }
  const answers = await Promise.all(Array.from({ length: 20 }, () => search.search(asked)))
  expect(answers.filter((answer) => answer === 'not_ready')).toHaveLength(12)
  expect(await search.search(asked)).toEqual({ total: 0, hits: [] })
})

test('until every message has its facts nobody is told who has which', async () => {
  const { channel, message } = freshPlace()
  const asked = { ...usual, channelIds: [channel], withoutFacts: ['has:link'] }
  const insert = 'insert into search_documents (message_id, channel_id, author_id) values ($1, $2, 1)'
  await store.pool.query(insert, [message, channel])
  expect(await search.search(asked)).toBe('not_ready')
  expect(await search.search({ ...usual, channelIds: [channel] })).toMatchObject({ total: 1 })
  await store.pool.query(`update search_documents set facts = '{author_id:1}' where message_id = $1`, [
    message,
  ])
  expect(await search.search(asked)).toMatchObject({ total: 1 })
})

test('a search that would take minutes is given up, and its connection serves others', async () => {
  const { channel } = freshPlace()
  const words = Array.from('abcdefghijklmnopqrstuvwxyz').join(' ')
  await store.pool.query(
    `insert into search_documents (message_id, channel_id, author_id, facts, content)
       select $1::bigint * 100000 + n, $1, 1, '{author_id:1}', repeat($2, 70)
       from generate_series(1, 400) as n`,
    [channel, `${words} `],
  )
  const asked = { ...usual, channelIds: [channel], content: words, slop: 0, byRelevance: true }
  const hasty = new PostgresMessageSearch(store.pool, { timeoutMs: 5 })
  await expect(hasty.search(asked)).rejects.toThrow('a search takes too long')
  expect(await search.search({ ...usual, channelIds: [channel] })).toMatchObject({ total: 400 })
})
