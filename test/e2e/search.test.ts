import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '#test/support/eventually.ts'
import { join, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

const VIEW_CHANNEL = String(1 << 10)
const READ_MESSAGE_HISTORY = String(1 << 16)

let server: TestServer
let ada: Person
let bob: Person
let home: { id: string; general: string }

beforeAll(async () => {
  server = await startServer()
  ada = await newPerson(server.http, 'ada')
  bob = await newPerson(server.http, 'bob')
  home = await newGuild(ada)
  await join(ada, bob, home.general)
})
afterAll(() => server.stop())

const search = async (as: Person, content: string) => {
  const query = new URLSearchParams({ content })
  const { body, status } = await as.request('GET', `/guilds/${home.id}/messages/search?${query}`)
  expect(status).toBe(200)
  return { total: body.total_results, ids: body.messages.flat().map(({ id }: { id: string }) => id) }
}
/** Until the index has what is expected of it. */
const finds = (as: Person, content: string, ids: string[]) =>
  eventually(`a search for ${content} to find ${ids.length}`, async () => {
    const found = await search(as, content)
    return found.total === ids.length && found.ids.join() === ids.join() ? found : undefined
  })

test('[VIS-7] finds and counts only what the searcher may read', async () => {
  const hidden = await ada.expect('POST', `/guilds/${home.id}/channels`, {
    name: 'hidden',
    permission_overwrites: [{ id: home.id, type: 0, deny: VIEW_CHANNEL }],
  })
  const secret = await ada.expect('POST', `/channels/${hidden.id}/messages`, {
    content: 'darjeeling, secretly',
  })
  const open = await ada.expect('POST', `/channels/${home.general}/messages`, {
    content: 'Darjeeling at five',
  })
  await finds(ada, 'darjeeling', [open.id, secret.id])
  await finds(bob, 'darjeeling', [open.id])
  await ada.expect('PUT', `/channels/${hidden.id}/permissions/${bob.id}`, {
    type: 1,
    allow: VIEW_CHANNEL,
    deny: '0',
  })
  expect((await search(bob, 'darjeeling')).ids).toEqual([open.id, secret.id])
  await ada.expect('PUT', `/channels/${hidden.id}/permissions/${bob.id}`, {
    type: 1,
    allow: VIEW_CHANNEL,
    deny: READ_MESSAGE_HISTORY,
  })
  expect(await search(bob, 'darjeeling')).toEqual({ total: 1, ids: [open.id] })
  const stranger = await newPerson(server.http, 'stranger')
  const refused = await stranger.request('GET', `/guilds/${home.id}/messages/search?content=darjeeling`)
  expect(refused).toMatchObject({ status: 403, body: { code: 50001 } })
})

test('[PRJ-5] finds an edited message by its new words, and a deleted one not at all', async () => {
  const { id } = await bob.expect('POST', `/channels/${home.general}/messages`, {
    content: 'assam with milk',
  })
  const at = `/channels/${home.general}/messages/${id}`
  await finds(bob, 'MILK assam', [id])
  await finds(bob, 'assam lemon', [])
  await bob.expect('PATCH', at, { content: 'assam with lemon' })
  await finds(bob, 'lemon', [id])
  await finds(bob, 'milk', [])
  await bob.expect('DELETE', at)
  await finds(bob, 'assam', [])
})
