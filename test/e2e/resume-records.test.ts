import { afterAll, beforeAll, expect, test } from 'vitest'
import { query } from '#test/support/embedded-database.ts'
import { answerToResume, TestSession } from '#test/support/gateway-client.ts'
import { newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

let server: TestServer
let bob: Person

beforeAll(async () => {
  server = await startServer()
  bob = await newPerson(server.http, 'bob')
})
afterAll(() => server.stop())

/** A session that is cut off, whose record is then changed as no client can. */
async function changed(assignment: string): Promise<TestSession> {
  const session = await TestSession.identify(server.gateway, bob.token)
  await session.cut()
  await query(server.dataDir, `update session_records set ${assignment} where session_id = $1`, [
    session.sessionId,
  ])
  return session
}

test.for([
  ['of rules of another version', `record = jsonb_set(record::jsonb, '{rules}', '0')`],
  ['at a position beyond the end of the log', 'position = position + 1000000'],
  ['at a position that has left the log', 'position = -2'],
])('[RES-6] a session %s is not resumed', async ([, assignment]) => {
  const session = await changed(assignment as string)
  expect(await answerToResume(server.gateway, session)).toMatchObject({ op: 9, d: false })
})
