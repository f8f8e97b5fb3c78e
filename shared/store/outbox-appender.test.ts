import { afterAll, beforeAll, expect, test } from 'vitest'
import { asSnowflake } from '#shared/kernel/ids.ts'
import { err } from '#shared/kernel/result.ts'
import { newGuild, newPerson, type Person } from '#test/support/people.ts'
import { type Rig, startRig } from '#test/support/rig.ts'
import { OutboxAppender } from './outbox-appender.ts'

let rig: Rig
let ada: Person
beforeAll(async () => {
  rig = await startRig()
  ada = await newPerson(rig.httpUrl, 'ada')
})
afterAll(() => rig.stop())

test('[LOG-8] a chain on which the log has gone on without the database is refused, with the command', async () => {
  const guild = await newGuild(ada)
  await ada.expect('PATCH', `/channels/${guild.general}`, { topic: 'lost with the database' })
  // As a copy of before has it, after another change of the same version; nobody else shall append it meanwhile.
  await rig.database.pool.query(
    `update outbox set position = null, created_at = now() + interval '1 hour', d = '{}'
     where aggregate_id = $1 and version = (select max(version) from outbox where aggregate_id = $1)`,
    [guild.id],
  )
  const aggregate = { kind: 'guild', id: asSnowflake(guild.id) } as const
  expect(await new OutboxAppender(rig.database.db, rig.adapters.log).append(aggregate)).toEqual(
    err({
      code: 'not_appended',
      cause: expect.objectContaining({ message: expect.stringContaining('log:epoch') }),
    }),
  )
})
