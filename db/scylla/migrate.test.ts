import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openCql } from '#shared/adapters/cql/cql.ts'
import {
  cqlDescribe,
  cqlServer,
  dropKeyspace,
  freshKeyspace,
  migrateKeyspace,
} from '#test/contract/cql-server.ts'

cqlDescribe.run(cqlDescribe.title('migrations of the CQL store'), () => {
  let keyspace: string
  let folder: string

  beforeEach(async () => {
    keyspace = freshKeyspace()
    folder = await mkdtemp(join(tmpdir(), 'guildhall-migrations-'))
  })
  afterEach(async () => {
    await dropKeyspace(keyspace)
    await rm(folder, { recursive: true })
  })

  const migrate = () => migrateKeyspace(keyspace, pathToFileURL(`${folder}/`))
  const plant = (name: string, text: string) => writeFile(join(folder, name), text)

  async function query(text: string): Promise<unknown[]> {
    const cql = await openCql({ ...cqlServer, keyspace })
    try {
      return await cql.rows(text, [])
    } finally {
      await cql.close()
    }
  }

  test('of several that start at once with nothing there, each finds all of it', async () => {
    const files = (await readdir(new URL('./', import.meta.url))).filter((name) => name.endsWith('.cql'))
    const applied = await Promise.all([1, 2, 3].map(() => migrateKeyspace(keyspace)))
    expect(new Set(applied.flat())).toEqual(new Set(files))
    expect(await query('select * from ks.message_buckets')).toEqual([])
    expect(await migrateKeyspace(keyspace)).toEqual([])
  })

  test('a broken migration is named and runs again once it is mended', async () => {
    await plant(
      '001-notes.cql',
      'create table if not exists ks.notes (id int primary key); -- the first; one',
    )
    await plant(
      '002-broken.cql',
      'create table if not exists ks.more (id int primary key); alter table ks.nowhere add x int',
    )
    await expect(migrate()).rejects.toThrow(/002-broken\.cql.*nowhere/)
    expect(await query('select name from ks.migrations')).toEqual([{ name: '001-notes.cql' }])

    await plant('002-broken.cql', 'create table if not exists ks.more (id int primary key)')
    expect(await migrate()).toEqual(['002-broken.cql'])
    expect(await query('select * from ks.more')).toEqual([])
  })
})
