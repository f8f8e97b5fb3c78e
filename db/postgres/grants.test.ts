import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDatabase } from '#test/support/database.ts'
import { migratePostgres } from '../migrate.ts'
import { grantPostgres, roleOf, SERVICES, TABLES } from './grants.ts'

/** The database of the default tests has an owner who may not make roles. */
const server = process.env.DATABASE_URL

let url: string
/** Roles are the server's, not the database's. */
let prefix: string
let said: string[]

beforeEach(() => {
  prefix = `test_${randomBytes(4).toString('hex')}`
  said = []
})

async function query(text: string, values: unknown[] = [], at = url) {
  const client = new pg.Client({ connectionString: at })
  await client.connect()
  return client
    .query(text, values)
    .then(({ rows }) => rows)
    .finally(() => client.end())
}
const grant = (at = url) => grantPostgres(at, (line) => said.push(line), prefix)

/** `<role> <right> <table>` of whole tables. */
const given = async (): Promise<string[]> =>
  (
    await query(
      `select grantee || ' ' || lower(privilege_type) || ' ' || table_name as text
       from information_schema.role_table_grants where grantee = any($1)`,
      [SERVICES.map((service) => roleOf(service, prefix))],
    )
  )
    .map(({ text }) => text)
    .sort()

const wanted = (): string[] =>
  Object.entries(TABLES).flatMap(([table, rights]) =>
    SERVICES.flatMap((service) =>
      (rights[service] ?? [])
        .filter((right) => !right.includes('('))
        .map((right) => `${roleOf(service, prefix)} ${right} ${table}`),
    ),
  )

const statements = () => SERVICES.map((service) => `  create role ${roleOf(service, prefix)} nologin;`)

test('who may not make roles is told which are missing', async () => {
  const database = await createDatabase()
  await migratePostgres(database.url)
  await grant(database.url)
  expect(said).toEqual([expect.stringContaining('may not make roles'), ...statements(), expect.any(String)])
  await database.drop()
})

const title = 'on a server where the user may make roles'
describe.skipIf(!server)(server ? title : `${title} — skipped: DATABASE_URL is not set`, () => {
  beforeEach(async () => {
    await query(`create database ${prefix}`, [], server)
    url = Object.assign(new URL(server as string), { pathname: `/${prefix}` }).href
  })
  afterEach(async () => {
    await query(`drop database ${prefix}`, [], server)
    for (const name of [...SERVICES.map((service) => roleOf(service, prefix)), `${prefix}_owner`])
      await query(`drop role if exists ${name}`, [], server)
  })

  test('they get the rights of the table and no others, again and again, several at once', async () => {
    await migratePostgres(url)
    await Promise.all([grant(), grant(), grant()])
    expect(await given()).toEqual(wanted().sort())

    const relay = roleOf('relay', prefix)
    await query(`grant all on users to ${relay}`)
    await query(`grant update (bio) on users to ${relay}`)
    await query(`revoke all on outbox from ${relay}`)
    await grant()
    expect(await given()).toEqual(wanted().sort())
    expect(said).toEqual([])
    expect(
      await query(
        `select table_name, column_name from information_schema.column_privileges
         where grantee = $1 and privilege_type = 'UPDATE' and table_name in ('users', 'outbox')`,
        [relay],
      ),
    ).toEqual([{ table_name: 'outbox', column_name: 'position' }])
  })

  test('the owner of the tables need not make them', async () => {
    await query(`create role ${prefix}_owner login password 'owner'`)
    await query(`alter database ${prefix} owner to ${prefix}_owner`)
    const owner = Object.assign(new URL(url), { username: `${prefix}_owner`, password: 'owner' }).href
    await migratePostgres(owner)
    await query(statements().slice(1).join(''))
    await grant(owner)
    expect(said.filter((line) => line.includes('create role'))).toEqual(statements().slice(0, 1))
    const api = roleOf('api', prefix)
    expect(await given()).toEqual(
      wanted()
        .filter((line) => !line.startsWith(`${api} `))
        .sort(),
    )
    await query(statements()[0] as string)
    await grant(owner)
    expect(await given()).toEqual(wanted().sort())
  })
})
