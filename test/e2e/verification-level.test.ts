import { afterAll, beforeAll, expect, test } from 'vitest'
import { join, newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

const VERIFICATION_LEVEL_TOO_HIGH = 50009

let server: TestServer
let owner: Person
let guest: Person
let guild: string
let channel: string

beforeAll(async () => {
  server = await startServer()
  owner = await newPerson(server.http, 'owner')
  guest = await newPerson(server.http, 'guest')
  ;({ id: guild, general: channel } = await newGuild(owner))
  await join(owner, guest, channel)
})
afterAll(() => server.stop())

const raise = (verification_level: number) =>
  owner.expect('PATCH', `/guilds/${guild}`, { verification_level })
const say = async (who = guest as Pick<Person, 'request'>) => {
  const { status, body } = await who.request('POST', `/channels/${channel}/messages`, {
    content: 'here I am',
  })
  return status === 200 ? 'said' : body.code
}
const typeOrUpload = async () => [
  (await guest.request('POST', `/channels/${channel}/typing`)).status,
  (
    await guest.request('POST', `/channels/${channel}/attachments`, {
      files: [{ filename: 'a.txt', file_size: 1 }],
    })
  ).status,
]

test('who is new writes only where the level of the guild lets him, or with a role', async () => {
  await raise(1)
  expect(await say()).toBe('said')
  expect(await typeOrUpload()).toEqual([204, 200])
  for (const level of [2, 3, 4]) {
    await raise(level)
    expect(await say(), `level ${level}`).toBe(VERIFICATION_LEVEL_TOO_HIGH)
    expect(await typeOrUpload(), `level ${level}`).toEqual([403, 403])
  }
  expect(await say(owner)).toBe('said')
  const bot = await newBot(owner, guild, '0')
  expect(await say(owner.as(`Bot ${bot.token}`))).toBe('said')

  const role = await owner.expect('POST', `/guilds/${guild}/roles`, { name: 'known' })
  await owner.expect('PUT', `/guilds/${guild}/members/${guest.id}/roles/${role.id}`)
  expect(await say()).toBe('said')
  await owner.expect('DELETE', `/guilds/${guild}/members/${guest.id}/roles/${role.id}`)
  expect(await say()).toBe(VERIFICATION_LEVEL_TOO_HIGH)
  await raise(0)
  expect(await say()).toBe('said')
})
