import { spawnSync } from 'node:child_process'
import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDatabase } from '#test/support/database.ts'
import { migratePostgres } from './migrate.ts'

let database: Awaited<ReturnType<typeof createDatabase>>
let folder: string

beforeEach(async () => {
  database = await createDatabase()
  folder = await mkdtemp(join(tmpdir(), 'guildhall-migrations-'))
})

afterEach(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

const migrate = () => migratePostgres(database.url, () => {}, pathToFileURL(`${folder}/`))
const plant = (name: string, text: string) => writeFile(join(folder, name), text)

async function query(text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

test('a fresh database gets all migrations in order, and then none', async () => {
  const files = (await readdir(new URL('./postgres/', import.meta.url))).filter((name) =>
    name.endsWith('.sql'),
  )
  const lines: string[] = []
  expect(await migratePostgres(database.url, (line) => lines.push(line))).toEqual(files.sort())
  expect(lines).toEqual(files.map((name) => `migration ${name} applied`))
  expect(await migratePostgres(database.url)).toEqual([])
})

test('a new migration is applied to a database that has the others', async () => {
  await plant('001-notes.sql', 'create table notes (text text)')
  await migrate()
  await plant('002-more.sql', "insert into notes values ('once') -- no newline at the end")
  expect(await migrate()).toEqual(['002-more.sql'])
  expect(await query('select * from notes')).toEqual([{ text: 'once' }])
})

test('a search index without facts is filled anew, where it is in Postgres', async () => {
  const own = new URL('./postgres/', import.meta.url)
  const files = (await readdir(own)).filter((name) => name.endsWith('.sql')).sort()
  const at = files.indexOf('017-search-facts.sql')
  for (const name of files.slice(0, at)) await copyFile(new URL(name, own), join(folder, name))
  await migrate()
  await query(`insert into projections (name, position) values ('search', 7), ('timeline', 7);
    insert into search_documents (message_id, channel_id, content_position, deleted)
      values (1, 1, 6, false), (2, 1, 5, true)`)
  await copyFile(new URL(files[at] as string, own), join(folder, files[at] as string))
  await migrate()
  expect(await query('select name, position from projections order by name')).toEqual([
    { name: 'search', position: '0' },
    { name: 'timeline', position: '7' },
  ])
  expect(await query('select content_position from search_documents order by message_id')).toEqual([
    { content_position: '0' },
    { content_position: '5' },
  ])
})

test('of several that start at once, one applies each migration', async () => {
  await plant('001-notes.sql', 'create table notes (text text)')
  await plant('002-one.sql', "insert into notes values ('once')")
  const applied = await Promise.all([migrate(), migrate(), migrate()])
  expect(applied.flat().sort()).toEqual(['001-notes.sql', '002-one.sql'])
  expect(await query('select * from notes')).toEqual([{ text: 'once' }])
})

test('a broken migration is named, changes nothing and runs once it is mended', async () => {
  await plant('001-notes.sql', 'create table notes (text text)')
  await plant('002-broken.sql', "insert into notes values ('lost'); insert into nowhere values (1)")
  await expect(migrate()).rejects.toThrow(/002-broken\.sql.*"nowhere" does not exist/)
  expect(await query('select * from notes')).toEqual([])
  expect(await query('select name from migrations')).toEqual([{ name: '001-notes.sql' }])

  await plant('002-broken.sql', "insert into notes values ('kept')")
  expect(await migrate()).toEqual(['002-broken.sql'])
  expect(await query('select * from notes')).toEqual([{ text: 'kept' }])
})

test('the command migrates the database at DATABASE_URL, or says why not', async () => {
  const run = (environment: Record<string, string>) =>
    spawnSync(
      process.execPath,
      ['--import', 'ts-blank-space/register', fileURLToPath(new URL('./main.ts', import.meta.url))],
      { env: environment, encoding: 'utf8' },
    )
  expect(run({ DATABASE_URL: database.url })).toMatchObject({ status: 0, stderr: '' })
  expect(run({ DATABASE_URL: database.url })).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/everything is up to date\n$/),
  })
  expect(run({})).toMatchObject({ status: 1, stderr: expect.stringMatching(/^DATABASE_URL .*\n$/) })
  // Nothing listens on port 1.
  expect(run({ DATABASE_URL: 'postgres://localhost:1/guildhall' })).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^The database was not migrated: .*ECONNREFUSED.*\n$/),
  })
})
