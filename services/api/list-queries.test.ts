import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { join, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { type Rig, startRig } from '#test/support/rig.ts'

let rig: Rig
let ada: Person
let others: Person[]
beforeAll(async () => {
  rig = await startRig()
  ada = await newPerson(rig.httpUrl, 'ada')
  others = await Promise.all(Array.from({ length: 5 }, () => newPerson(rig.httpUrl, 'other')))
})
afterAll(() => rig.stop())

const textsOf = (calls: readonly (readonly unknown[])[]): string[] =>
  calls.map(([first]) => (typeof first === 'string' ? first : String((first as { text?: string }).text)))

/** How many entries a list has, and how many statements about what it lists were made for it. */
async function costOf(path: string): Promise<{ entries: number; statements: number }> {
  const spy = vi.spyOn(pg.Client.prototype, 'query')
  const { length } = await ada.expect('GET', path)
  const statements = textsOf(spy.mock.calls).filter((text) =>
    /"(channels|conversation_recipients|guilds|roles|members)"/.test(text),
  )
  spy.mockRestore()
  return { entries: length, statements: statements.length }
}

const openDirectly = (other: Person) => ada.expect('POST', '/users/@me/channels', { recipient_id: other.id })
const joinGuildOf = async (other: Person) => join(other, ada, (await newGuild(other)).general)

test.each([
  ['conversations', '/users/@me/channels', openDirectly],
  ['guilds', '/users/@me/guilds?with_counts=true', joinGuildOf],
])('a list of many %s takes as many statements as a list of one', async (_, path, add) => {
  const [first, ...rest] = others as [Person, ...Person[]]
  await add(first)
  const one = await costOf(path)
  expect(one).toMatchObject({ entries: 1, statements: expect.any(Number) })
  for (const other of rest) await add(other)
  expect(await costOf(path)).toEqual({ entries: 5, statements: one.statements })
})

test('an invite with counts has its members counted once', async () => {
  const guild = await newGuild(ada)
  const { code } = await ada.expect('POST', `/channels/${guild.general}/invites`, {})
  const spy = vi.spyOn(pg.Client.prototype, 'query')
  expect(await ada.expect('GET', `/invites/${code}?with_counts=true`)).toMatchObject({
    approximate_member_count: 1,
    approximate_presence_count: 0,
  })
  const counts = textsOf(spy.mock.calls).filter((text) => /count\(\*\)/.test(text) && /members/.test(text))
  spy.mockRestore()
  expect(counts).toHaveLength(1)
})
