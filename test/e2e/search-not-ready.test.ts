import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MessageSearch } from '#shared/ports/message-search.ts'
import { eventually } from '#test/support/eventually.ts'
import { oracleOf } from '#test/support/oracle.ts'
import { newGuild, newPerson } from '#test/support/people.ts'
import { type Rig, startRig } from '#test/support/rig.ts'

let rig: Rig
let isReady = true

beforeAll(async () => {
  rig = await startRig(({ search }) => ({
    search: {
      apply: (events) => search.apply(events),
      rebuild: (messages, at) => search.rebuild(messages, at),
      search: async (query) => (isReady ? search.search(query) : 'not_ready'),
      size: (channelIds) => search.size(channelIds),
    } satisfies MessageSearch,
  }))
})
afterAll(() => rig.stop())

test('an index that is not ready says so, and how many messages it has', async (context) => {
  const ada = await newPerson(rig.httpUrl, 'ada')
  const guild = await newGuild(ada)
  for (const content of ['one', 'two'])
    await ada.expect('POST', `/channels/${guild.general}/messages`, { content })
  const path = `/guilds/${guild.id}/messages/search`
  await eventually('the index', async () => (await ada.expect('GET', path)).total_results === 2)
  expect(await ada.expect('GET', path)).not.toHaveProperty('documents_indexed')

  isReady = false
  for (const where of [path, `/channels/${guild.general}/messages/search`]) {
    const { status, body } = await ada.request('GET', where)
    const told = { code: 110_000, documents_indexed: 2, retry_after: 2, message: expect.any(String) }
    expect([status, body]).toEqual([202, told])
    expect(oracleOf(context).exchange({ method: 'GET', path: where, status, body })).toEqual([])
  }
})
