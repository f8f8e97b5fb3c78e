import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDatabase } from '#test/support/database.ts'
import { generateTypes, TYPES } from './generate-types.ts'

let database: Awaited<ReturnType<typeof createDatabase>>

beforeEach(async () => {
  database = await createDatabase()
})

afterEach(() => database.drop())

test('the types are those of the schema that the migrations make', async () => {
  expect(await generateTypes(database.url)).toBe(await readFile(TYPES, 'utf8'))
})

test('a planted column is found missing', async () => {
  await generateTypes(database.url)
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query('alter table users add column planted text')
  await client.end()
  const [now, before] = [await generateTypes(database.url), await readFile(TYPES, 'utf8')]
  expect(now.replace('  planted: string | null;\n', '')).toBe(before)
  expect(now).not.toBe(before)
})
