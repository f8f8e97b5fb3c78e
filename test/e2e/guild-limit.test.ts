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
