import { afterAll, beforeAll, expect, test } from 'vitest'
import { query } from '#test/support/embedded-database.ts'
import { newGuild, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

const MOST = 200
const MAXIMUM_NUMBER_OF_GUILDS = { status: 400, body: { code: 30001 } }

let server: TestServer
let owner: Person
let guest: Person
let guild: { readonly id: string; readonly general: string }

beforeAll(async () => {
  server = await startServer()
  owner = await newPerson(server.http, 'owner')
  guest = await newPerson(server.http, 'guest')
  guild = await newGuild(owner)
})
afterAll(() => server.stop())

/** Guilds as rows: so many by requests would meet the rate limits first. */
async function joinOthers(count: number): Promise<void> {
  const values = [guest.id, owner.id, count]
  await query(
    server.dataDir,
    `with made as (
       insert into guilds (id, name, owner_id) select n, 'other', $2::bigint from generate_series(1, $3::int) n returning id
     )
     insert into members (guild_id, user_id, joined_at) select id, $1::bigint, now() from made`,
    values,
  )
}

test('who is in as many guilds as one may be can neither join one nor make one, until he leaves one', async () => {
  await joinOthers(MOST)
  const { code } = await owner.expect('POST', `/channels/${guild.general}/invites`, {})
  expect(await guest.request('POST', `/invites/${code}`, {})).toMatchObject(MAXIMUM_NUMBER_OF_GUILDS)
  expect(await guest.request('POST', '/guilds', { name: 'mine' })).toMatchObject(MAXIMUM_NUMBER_OF_GUILDS)
  const [invite] = await owner.expect('GET', `/guilds/${guild.id}/invites`)
  expect(invite.uses, 'a refusal uses nothing up').toBe(0)

  await query(server.dataDir, 'delete from members where user_id = $1 and guild_id = 1', [guest.id])
  expect((await guest.expect('POST', `/invites/${code}`, {})).new_member).toBe(true)
  expect((await guest.expect('POST', `/invites/${code}`, {})).new_member, 'he is in it').toBe(false)
})

test('of many guilds that somebody makes and joins at once, no more than one may be in come about', async () => {
  const { general } = await newGuild(owner)
  const { code } = await owner.expect('POST', `/channels/${general}/invites`, {})
  await query(server.dataDir, 'delete from members where user_id = $1 and guild_id = 2', [guest.id])
  const answers = await Promise.all([
    ...Array.from({ length: 6 }, (_, n) => guest.request('POST', '/guilds', { name: `mine ${n}` })),
    guest.request('POST', `/invites/${code}`, {}),
  ])
  expect(answers.filter(({ status }) => status < 300)).toHaveLength(1)
  for (const answer of answers.filter(({ status }) => status >= 300))
    expect(answer).toMatchObject(MAXIMUM_NUMBER_OF_GUILDS)
  expect(await guest.expect('GET', '/users/@me/guilds')).toHaveLength(MOST)
})

test('of many applications made at once, no more than one may have come about', async () => {
  const values = [guest.id, 99]
  await query(
    server.dataDir,
    `insert into applications (id, owner_id, name, flags) select n, $1::bigint, 'other', 0 from generate_series(1, $2::int) n`,
    values,
  )
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, n) => guest.request('POST', '/applications', { name: `mine ${n}` })),
  )
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 403, 403, 403, 403, 403])
  expect(await guest.expect('GET', '/applications')).toHaveLength(100)
})

test('a bot that needs a role does not come into a guild that has as many as it may', async () => {
  const roles = Array.from({ length: 250 }, (_, n) => ({ name: `r${n}` }))
  const full = await owner.expect('POST', '/guilds', { name: 'full', roles })
  const application = await owner.expect('POST', '/applications', { name: 'A bot' })
  await owner.expect('POST', `/applications/${application.id}/bot`)
  const add = (permissions: string) =>
    owner.request('POST', `/oauth2/authorize?client_id=${application.id}`, { guild_id: full.id, permissions })
  expect(await add('8')).toMatchObject({ status: 400, body: { code: 30005 } })
  expect(await add('0')).toMatchObject({ status: 200 })
})
