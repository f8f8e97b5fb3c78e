import { afterAll, beforeAll, expect, test } from 'vitest'
import { asPosition, asSnowflake } from '#shared/kernel/ids.ts'
import type { NewEvent } from '#shared/protocol/events.ts'
import { messageSubject } from '#shared/protocol/subjects.ts'
import { answerToResume, TestSession } from '#test/support/gateway-client.ts'
import { newGuild, newPerson, type Person } from '#test/support/people.ts'
import { type Rig, startRig } from '#test/support/rig.ts'

let rig: Rig
let ada: Person
let guild: { id: string; general: string }
beforeAll(async () => {
  rig = await startRig()
  ada = await newPerson(rig.httpUrl, 'ada')
  guild = await newGuild(ada)
})
afterAll(() => rig.stop())

test('[RES-1][RES-6] 3,999 missed dispatches come on RESUME; more than may wait, and the client begins anew', async () => {
  const some = await TestSession.identify(rig.gatewayUrl, ada.token)
  const many = await TestSession.identify(rig.gatewayUrl, ada.token)
  const witness = await TestSession.identify(rig.gatewayUrl, ada.token)
  await some.cut()
  await many.cut()
  await happen(witness, 0, 3_999)
  expect(await some.resume(rig.gatewayUrl)).toHaveLength(3_999)
  await happen(witness, 3_999, 100)
  expect(await answerToResume(rig.gatewayUrl, many)).toMatchObject({ op: 9, d: false })
})

test('[RES-6] what the purge has passed is not resumed, though memory reaches back to it', async () => {
  const witness = await TestSession.identify(rig.gatewayUrl, ada.token)
  const session = await TestSession.identify(rig.gatewayUrl, ada.token)
  await session.cut()
  await happen(witness, 10_000, 10)
  const { log } = rig.adapters
  await log.purge(asPosition((await log.bounds()).last - 1))
  expect(await answerToResume(rig.gatewayUrl, session)).toMatchObject({ op: 9, d: false })
})

/** So many events, as of deletions of messages; resolves when the gateway has them all. */
async function happen(witness: TestSession, from: number, count: number): Promise<void> {
  const aggregate = { kind: 'guild', id: asSnowflake(guild.id) } as const
  const events = Array.from({ length: count }, (_, index): NewEvent => {
    const message_id = String(1_000_000 + from + index)
    const d = JSON.stringify({ id: message_id, channel_id: guild.general, guild_id: guild.id })
    const facts = { channel_id: guild.general, message_id }
    return { subject: messageSubject(aggregate, message_id), type: 'MESSAGE_DELETE', schema: 1, facts, d }
  })
  expect((await rig.adapters.log.appendBatch(events)).ok).toBe(true)
  await witness.until(({ d }) => d.id === String(1_000_000 + from + count - 1), 'the last of them')
}
