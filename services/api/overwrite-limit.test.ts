import { afterAll, beforeAll, expect, test } from 'vitest'
import { newGuild, newPerson } from '#test/support/people.ts'
import { type Rig, startRig } from '#test/support/rig.ts'

let rig: Rig
beforeAll(async () => {
  rig = await startRig()
})
afterAll(() => rig.stop())

test('a channel takes no overwrite beyond the limit, and changes of those it has', async () => {
  const ada = await newPerson(rig.httpUrl, 'ada')
  const { id: guild, general } = await newGuild(ada)
  const full = [guild, ...Array.from({ length: 499 }, (_, index) => String(index + 1))]
  const overwrites = full.map((id) => ({ id, type: id === guild ? 0 : 1, allow: '0', deny: '0' }))
  await rig.database.db
    .updateTable('channels')
    .set({ permission_overwrites: JSON.stringify(overwrites) })
    .where('id', '=', general)
    .execute()
  const put = (id: string, type: number) =>
    ada.request('PUT', `/channels/${general}/permissions/${id}`, { type, deny: '2048' })
  expect((await put(ada.id, 1)).body).toMatchObject({ code: 30060 })
  expect((await put(guild, 0)).status).toBe(204)
  await ada.expect('DELETE', `/channels/${general}/permissions/1`)
  expect((await put(ada.id, 1)).status).toBe(204)
})
