import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openJetStreamEventLog } from '#shared/adapters/event-log/jetstream-event-log.ts'
import { openNats } from '#shared/adapters/nats/nats.ts'
import { systemClock } from '#shared/kernel/clock.ts'
import { eventually } from '#test/support/eventually.ts'
import { newGuild, newPerson, type Person } from '#test/support/people.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

let server: TestServer
let ada: Person
let home: { id: string; general: string }

beforeAll(async () => {
  server = await startServer({ own: true })
  ada = await newPerson(server.http, 'ada')
  home = await newGuild(ada)
})
afterAll(() => server.stop())

/** The log of the cluster, as a service has it. */
async function openLog() {
  const namespace = new URL(server.dataDir).pathname.slice(1)
  const servers = (process.env.NATS_URLS as string).split(',')
  const nats = await openNats({ servers, name: 'guildhall tests', onTrouble: () => {} })
  const warn = () => {}
  const options = { nats, clock: systemClock, namespace, replicas: 1, onWarning: warn, onTrouble: warn }
  const log = await openJetStreamEventLog(options)
  return {
    log,
    async close() {
      await log.close()
      await nats.close()
    },
  }
}

test('a message that is in the log alone appears in history and search within seconds, once', async () => {
  const { id } = await ada.expect('POST', `/channels/${home.general}/messages`, { content: 'as usual' })
  const { log, close } = await openLog()
  try {
    // What an api leaves that is killed between its append and everything after it.
    const { last } = await log.bounds()
    const events = await log.read({ after: 0 as never, limit: last })
    const usual = events.findLast(
      (event) => event.facts && (event.facts as { message_id?: string }).message_id === id,
    )
    if (!usual) throw new Error('the message is not in the log')
    const orphan = String(BigInt(id) + (1n << 22n))
    const word = `orphan${randomUUID().slice(0, 8)}`
    const appended = await log.append(
      {
        ...usual,
        subject: usual.subject,
        facts: { ...usual.facts, message_id: orphan },
        d: usual.d.replaceAll(id, orphan).replace('as usual', word),
      } as never,
      { id: `m:${orphan}` },
    )
    expect(appended.ok).toBe(true)
    const history = await eventually('the message', async () => {
      const messages = await ada.expect('GET', `/channels/${home.general}/messages?limit=100`)
      return messages.some((message: { id: string }) => message.id === orphan) ? messages : undefined
    })
    expect(history.filter((message: { id: string }) => message.id === orphan)).toMatchObject([
      { content: word },
    ])
    const found = await eventually('the hit', async () => {
      const { status, body } = await ada.request('GET', `/guilds/${home.id}/messages/search?content=${word}`)
      return status === 200 && body.total_results > 0 ? body : undefined
    })
    expect(found).toMatchObject({ total_results: 1, messages: [[{ id: orphan, content: word }]] })
  } finally {
    await close()
  }
})
