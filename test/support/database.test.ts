import pg from 'pg'
import { expect, test } from 'vitest'
import { createDatabase } from './database.ts'

test('each database is empty and its own; dropping it ends what is still connected', async () => {
  const [one, other] = await Promise.all([createDatabase(), createDatabase()])
  expect(one.url).not.toBe(other.url)

  const client = new pg.Client({ connectionString: one.url })
  const ended = new Promise((resolve) => client.on('error', resolve))
  await client.connect()
  await client.query('create table notes (text text)')
  await one.drop()
  expect(await ended).toBeInstanceOf(Error)

  const second = new pg.Client({ connectionString: other.url })
  await second.connect()
  const { rows } = await second.query(`select to_regclass('notes') as notes`)
  expect(rows).toEqual([{ notes: null }])
  await second.end()
  await other.drop()
})
