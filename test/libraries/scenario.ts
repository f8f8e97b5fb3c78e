import { expect } from 'vitest'
import { join, newBot, newGuild, newPerson } from '#test/support/people.ts'
import type { Connects, Heard } from './library.ts'
import { messageSteps, reactionSteps } from './message-steps.ts'
import { banSteps, emojiSteps, inviteSteps, memberSteps } from './people-steps.ts'
import { firstSteps, lastSteps } from './session-steps.ts'
import { channelSteps, roleSteps } from './structure-steps.ts'
import { type Step, World } from './world.ts'

/** In this order: later steps use what earlier ones made. */
const STEPS: readonly Step[] = [
  ...firstSteps,
  ...channelSteps,
  ...roleSteps,
  ...memberSteps,
  ...banSteps,
  ...inviteSteps,
  ...emojiSteps,
  ...messageSteps,
  ...reactionSteps,
  ...lastSteps,
]

export interface Way {
  readonly http: string
  readonly gateway: string
  readonly tlsPort: number
  readonly compress: boolean
  readonly shards: number
}

/** The whole scenario with one library on one server. @returns how many steps were made */
export async function runScenario(connects: Connects, way: Way): Promise<number> {
  const complaints: string[] = []
  const complains = (what: string, about: unknown) =>
    complaints.push(`${what}: ${about instanceof Error ? about.stack : JSON.stringify(about)}`)
  const warned = (warning: Error) => complains('process warning', warning)
  process.on('warning', warned)
  const heard: Heard[] = []
  const world = await newWorld(connects, way, heard, complains)
  try {
    await world.lib.login()
    expect(world.lib.shards()).toEqual(Array.from({ length: way.shards }, (_, shard) => shard))
    const failures: string[] = []
    for (const [title, run] of STEPS) {
      world.begins()
      await run(world).catch((error) => failures.push(`${title}: ${error.stack}`))
    }
    expect(failures).toEqual([])
    expect(complaints).toEqual([])
  } finally {
    process.off('warning', warned)
    await world.lib.disconnect()
  }
  return STEPS.length
}

async function newWorld(
  connects: Connects,
  { http, gateway, ...way }: Way,
  heard: Heard[],
  complains: (what: string, about: unknown) => void,
): Promise<World> {
  const [owner, guest, stranger] = [
    await newPerson(http, 'ada'),
    await newPerson(http, 'bob'),
    await newPerson(http, 'cy'),
  ]
  const { id: guildId, general } = await newGuild(owner, 'Tea room')
  await join(owner, guest, general)
  const { token, applicationId } = await newBot(owner, guildId)
  // With several shards each is to have something to do.
  for (let n = 1; n < way.shards; n++) {
    const { id } = await newGuild(owner, `Annex ${n}`)
    await owner.expect('POST', `/oauth2/authorize?client_id=${applicationId}`, {
      guild_id: id,
      permissions: '8',
      authorize: true,
    })
  }
  const lib = connects({
    http,
    token,
    guildId,
    ...way,
    hears: (t, d) => heard.push({ t, d }),
    complains,
  })
  return new World({ lib, gateway, guildId, general, owner, guest, stranger, heard })
}
