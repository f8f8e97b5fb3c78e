import { afterAll, beforeAll, expect, test } from 'vitest'
import { asSnowflake, snowflakeTime } from '#shared/kernel/ids.ts'
import { join, newGuild, newPerson } from '#test/support/people.ts'
import { type Rig, startRig } from '#test/support/rig.ts'
import { checkLogEnd } from './log-end.ts'
import { Projections } from './projections.ts'

let rig: Rig
beforeAll(async () => {
  rig = await startRig()
})
afterAll(() => rig.stop())

test('[PERM-21] what was revoked is refused by the very next request, cached or not', async () => {
  const ada = await newPerson(rig.httpUrl, 'ada')
  const bob = await newPerson(rig.httpUrl, 'bob')
  const guild = await newGuild(ada)
  await join(ada, bob, guild.general)
  const say = () => bob.request('POST', `/channels/${guild.general}/messages`, { content: 'hi' })
  for (let round = 0; round < 5; round++) {
    expect((await say()).status).toBe(200)
    await ada.expect('PUT', `/channels/${guild.general}/permissions/${guild.id}`, {
      type: 0,
      allow: '0',
      deny: '2048',
    })
    expect((await say()).body.code).toBe(50013)
    await ada.expect('DELETE', `/channels/${guild.general}/permissions/${guild.id}`)
  }
  await ada.expect('DELETE', `/guilds/${guild.id}/members/${bob.id}`)
  expect((await say()).body.code).toBe(50001)
})

test('[LOG-8] a log that ends before what was seen stops the start and names the command', async () => {
  const { last } = await rig.adapters.log.bounds()
  await expect(checkLogEnd(rig.database, rig.adapters.log)).resolves.toBeUndefined()
  await new Projections(rig.database.pool).confirm('log', (last + 1) as typeof last)
  await expect(checkLogEnd(rig.database, rig.adapters.log)).rejects.toThrow('npm run log:epoch')
})

test('[HTTP-6] ids have 17 to 19 digits, tell the time of Postgres, and grow with every causal step', async () => {
  const ada = await newPerson(rig.httpUrl, 'ada')
  const guild = await newGuild(ada)
  const ids = [ada.id, guild.id]
  const before = Date.now()
  for (let index = 0; index < 50; index++) {
    ids.push((await ada.expect('POST', `/channels/${guild.general}/messages`, { content: `${index}` })).id)
  }
  for (const id of ids) expect(id).toMatch(/^\d{17,19}$/)
  expect(ids.map(BigInt)).toEqual(ids.map(BigInt).sort((a, b) => (a < b ? -1 : 1)))
  expect(new Set(ids).size).toBe(ids.length)
  expect(Math.abs(snowflakeTime(asSnowflake(ids.at(-1) as string)) - before)).toBeLessThan(60_000)
})
