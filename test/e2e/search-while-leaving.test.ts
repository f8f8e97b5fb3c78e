import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MessageSearch } from '#shared/ports/message-search.ts'
import { eventually } from '#test/support/eventually.ts'
import { join, newGuild, newPerson } from '#test/support/people.ts'
import { type Rig, startRig } from '#test/support/rig.ts'

let rig: Rig
/** Runs when a search has been allowed and is about to be made. */
let meanwhile: (() => Promise<void>) | undefined

beforeAll(async () => {
  rig = await startRig(({ search }) => ({
    search: {
      apply: (events) => search.apply(events),
      rebuild: (messages, at) => search.rebuild(messages, at),
      size: (channelIds) => search.size(channelIds),
      async search(query) {
        const first = meanwhile
        meanwhile = undefined
        await first?.()
        return search.search(query)
      },
    } satisfies MessageSearch,
  }))
})
afterAll(() => rig.stop())

test('[VIS-7] what is sent after the right to read it was lost is not found by a search that began before', async () => {
  const ada = await newPerson(rig.httpUrl, 'ada')
  const bob = await newPerson(rig.httpUrl, 'bob')
  const guild = await newGuild(ada)
  await join(ada, bob, guild.general)
  const search = async (as: typeof ada) => {
    const { body } = await as.request('GET', `/guilds/${guild.id}/messages/search?content=secret`)
    return body.messages.flat().map(({ id }: { id: string }) => id)
  }
  const before = await ada.expect('POST', `/channels/${guild.general}/messages`, { content: 'no secret' })
  await eventually('the first message is found', async () => (await search(bob)).length === 1)

  meanwhile = async () => {
    await ada.expect('DELETE', `/guilds/${guild.id}/members/${bob.id}`)
    await ada.expect('POST', `/channels/${guild.general}/messages`, { content: 'a secret' })
    await eventually('ada finds both', async () => (await search(ada)).length === 2)
  }
  expect(await search(bob)).toEqual([before.id])
})
