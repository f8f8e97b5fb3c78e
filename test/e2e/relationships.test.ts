import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestSession } from '#test/support/gateway-client.ts'
import { newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

let server: TestServer
let ada: Person
let bob: Person

beforeAll(async () => {
  server = await startServer()
  ada = await newPerson(server.http, 'ada')
  bob = await newPerson(server.http, 'bob')
})
afterAll(() => server.stop())

const types = async (person: Person): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await person.expect('GET', '/users/@me/relationships')).map((one: { id: string; type: number }) => [
      one.id,
      one.type,
    ]),
  )
const put = (person: Person, other: string, type?: number) =>
  person.request('PUT', `/users/@me/relationships/${other}`, type === undefined ? {} : { type })

test('[RES-1] friends are asked for, made and lost; each side is told its own, over a RESUME too', async () => {
  const ofAda = await TestSession.identify(server.gateway, ada.token)
  const ofBob = await TestSession.identify(server.gateway, bob.token)
  expect((await ada.request('POST', '/users/@me/relationships', { username: bob.username })).status).toBe(204)
  await ofAda.until(({ t, d }) => t === 'RELATIONSHIP_ADD' && d.id === bob.id && d.type === 4)
  await ofBob.until(({ t, d }) => t === 'RELATIONSHIP_ADD' && d.id === ada.id && d.type === 3)
  expect([await types(ada), await types(bob)]).toEqual([{ [bob.id]: 4 }, { [ada.id]: 3 }])

  await ofAda.cut()
  expect((await put(bob, ada.id)).status).toBe(204)
  expect((await ofAda.resume(server.gateway)).map(({ t, d }) => [t, d.type])).toEqual([
    ['RELATIONSHIP_ADD', 1],
  ])
  expect([await types(ada), await types(bob)]).toEqual([{ [bob.id]: 1 }, { [ada.id]: 1 }])
  expect((await put(ada, bob.id)).body.code).toBe(80_007)

  expect((await put(bob, ada.id, 2)).status).toBe(204)
  await ofAda.until(({ t, d }) => t === 'RELATIONSHIP_REMOVE' && d.id === bob.id && d.type === 1)
  expect([await types(ada), await types(bob)]).toEqual([{}, { [ada.id]: 2 }])
  expect((await put(ada, bob.id)).body.code).toBe(80_001)
  expect((await put(bob, ada.id)).body.code).toBe(80_001)
  const remove = (person: Person, id: string) => person.request('DELETE', `/users/@me/relationships/${id}`)
  expect((await remove(ada, bob.id)).status).toBe(204)
  expect(await types(bob)).toEqual({ [ada.id]: 2 })
  expect((await remove(bob, ada.id)).status).toBe(204)
  expect([await types(ada), await types(bob)]).toEqual([{}, {}])
  await Promise.all([ofAda.client.close(), ofBob.client.close()])
})

test('two who ask each other at once are friends', async () => {
  for (let n = 0; n < 10; n++) {
    const statuses = (await Promise.all([put(ada, bob.id), put(bob, ada.id)])).map(({ status }) => status)
    expect(statuses).toEqual([204, 204])
    expect([await types(ada), await types(bob)]).toEqual([{ [bob.id]: 1 }, { [ada.id]: 1 }])
    await ada.request('DELETE', `/users/@me/relationships/${bob.id}`)
  }
})

test('refusals', async () => {
  const { token, applicationId } = await newBot(ada, (await newGuild(ada)).id)
  expect((await put(ada, ada.id)).body.code).toBe(80_003)
  expect((await put(ada, applicationId)).body.code).toBe(80_002)
  expect((await put(ada, '1')).body.code).toBe(10_013)
  const nobody = { username: 'nobody-at-all' }
  expect((await ada.request('POST', '/users/@me/relationships', nobody)).body.code).toBe(80_004)
  const bot = ada.as(`Bot ${token}`)
  for (const path of ['/users/@me/relationships', '/users/@me/settings'])
    expect((await bot.request('GET', path)).body.code).toBe(20_001)
})

test('a note is for oneself alone, and one’s other sessions hear of it', async () => {
  const session = await TestSession.identify(server.gateway, ada.token)
  const path = `/users/@me/notes/${bob.id}`
  expect((await ada.request('GET', path)).status).toBe(404)
  expect((await ada.request('PUT', path, { note: 'owes me a kettle' })).status).toBe(204)
  await session.until(({ t, d }) => t === 'USER_NOTE_UPDATE' && d.note === 'owes me a kettle')
  expect(await ada.expect('GET', path)).toEqual({
    user_id: ada.id,
    note_user_id: bob.id,
    note: 'owes me a kettle',
  })
  expect((await bob.request('GET', path)).status).toBe(404)
  expect((await ada.request('PUT', '/users/@me/notes/1', { note: 'x' })).body.code).toBe(10_013)
  expect((await ada.request('PUT', path, { note: null })).status).toBe(204)
  expect((await ada.request('GET', path)).status).toBe(404)
  await session.client.close()
})

test('settings are merged, and not sent to who names their version', async () => {
  const session = await TestSession.identify(server.gateway, bob.token)
  const path = '/users/@me/settings'
  expect(await bob.expect('GET', path)).toMatchObject({ theme: 'dark', version: 0 })
  const changed = await bob.expect('PATCH', path, { theme: 'light', guild_positions: ['1', 2], unknown: 1 })
  expect(changed).toMatchObject({ theme: 'light', guild_positions: ['1', 2], version: 1 })
  expect(changed).not.toHaveProperty('unknown')
  await session.until(({ t, d }) => t === 'USER_SETTINGS_UPDATE' && d.version === 1)
  await bob.expect('PATCH', path, { developer_mode: true })
  expect((await bob.request('GET', `${path}?version=2`)).status).toBe(204)
  expect(await bob.expect('GET', `${path}?version=1`)).toMatchObject({
    theme: 'light',
    developer_mode: true,
    version: 2,
  })
  const custom_status = { text: 'tea', junk: 'x'.repeat(1_000) }
  const { custom_status: kept } = await bob.expect('PATCH', path, { custom_status })
  expect(kept).toEqual({ text: 'tea' })
  expect((await bob.request('PATCH', path, { theme: 'pink' })).body.code).toBe(50_035)
  expect(await ada.expect('GET', path)).toMatchObject({ theme: 'dark', version: 0 })
  await session.client.close()
})
