import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestSession } from '#test/support/gateway-client.ts'
import { newGuild, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

const SESSIONS = 6

let server: TestServer
let ada: Person
let home: { id: string; general: string }
let gateways: readonly string[]

beforeAll(async () => {
  server = await startServer()
  ada = await newPerson(server.http, 'ada')
  home = await newGuild(ada)
  gateways = server.gateways?.() ?? []
})
afterAll(() => server.stop())

const send = (content: string) => ada.expect('POST', `/channels/${home.general}/messages`, { content })

test('[RES-1] half of the sessions are on each gateway, and every one resumes on the other, missing nothing', async () => {
  expect(gateways).toHaveLength(2)
  const at = (index: number) => gateways[index % 2] as string
  const sessions = await Promise.all(
    Array.from({ length: SESSIONS }, (_, index) => TestSession.identify(at(index), ada.token)),
  )
  await send('while all are there')
  for (const session of sessions)
    await session.until(({ t, d }) => t === 'MESSAGE_CREATE' && d.content === 'while all are there')
  for (let round = 1; round <= 3; round++) {
    for (const session of sessions) await session.cut()
    for (const number of [1, 2, 3]) await send(`missed ${round} ${number}`)
    for (const [index, session] of sessions.entries()) await session.resume(at(index + round))
    await send(`live ${round}`)
    for (const session of sessions) await session.until(({ d }) => d.content === `live ${round}`)
  }
  for (const session of sessions) {
    expect(session.problems).toEqual([])
    const contents = session.stream.filter(({ t }) => t === 'MESSAGE_CREATE').map(({ d }) => d.content)
    expect(contents).toEqual([
      'while all are there',
      ...[1, 2, 3].flatMap((round) => [
        ...[1, 2, 3].map((number) => `missed ${round} ${number}`),
        `live ${round}`,
      ]),
    ])
    await session.client.close()
  }
})

test('[SES-6] a logout ends the sessions of the login on every gateway', async () => {
  const sessions = await Promise.all(gateways.map((url) => TestSession.identify(url, ada.token)))
  await ada.expect('POST', '/auth/logout', {})
  for (const { client } of sessions) expect(await client.closed).toMatchObject({ code: 4004 })
})
