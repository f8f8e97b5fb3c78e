import { systemClock } from '#shared/kernel/clock.ts'
import { GOALS } from './goals.ts'
import { residentKb } from './proc.ts'
import type { Scenario } from './scenario.ts'
import { rounded, slope } from './statistics.ts'

const COUNTS = [1_000, 2_000, 3_000, 4_000]
const QUICK_COUNTS = [20, 60]
const PARALLEL = 16
const SETTLE_MS = 2_000
/** The thread that strips types gives back 20 MB some ten seconds after its last module. */
const START_SETTLE_MS = 20_000

type Points = (readonly [sessions: number, kilobytes: number])[]

export const idleSessions: Scenario = {
  name: 'idle-sessions',
  describe: 'resident memory of a session that hears nothing, in a guild of 100 channels',
  async run({ world, options, say }) {
    const { tokens } = await world.place()
    const gateway = await world.gatewayAlone()
    const floor = await world.floor()
    const [client, floorClient] = [await world.client(), await world.client()]
    const resident: Points = []
    const heap: Points = []
    const external: Points = []
    const floorResident: Points = []
    if (!options.quick) await systemClock.sleep(START_SETTLE_MS)
    let open = 0
    for (const count of options.quick ? QUICK_COUNTS : COUNTS) {
      say(`${count} sessions …`)
      const more = { count: count - open, parallel: PARALLEL }
      open = count
      await client.call.open({ url: gateway.url, tokens, ...more })
      await floorClient.call.open({ url: floor.url, tokens: [], ...more })
      await systemClock.sleep(SETTLE_MS)
      const kept = await gateway.call.collectGarbage(undefined)
      await floor.call.collectGarbage(undefined)
      heap.push([count, kept.heap])
      external.push([count, kept.external])
      await systemClock.sleep(SETTLE_MS)
      resident.push([count, await residentKb(gateway.pid)])
      floorResident.push([count, await residentKb(floor.pid)])
    }
    return {
      scenario: 'idle-sessions',
      how: HOW,
      figures: [
        {
          what: 'an idle session, resident',
          value: slope(resident),
          unit: 'KB',
          goal: GOALS.idleSession,
          floor: slope(floorResident),
          beside: [
            `of it in V8's heap ${rounded(slope(heap))} KB`,
            `in Node's buffers ${rounded(slope(external))} KB`,
            `elsewhere (the transport, memory that malloc keeps) ${rounded(slope(resident) - slope(heap) - slope(external))} KB`,
            `resident ${resident.map(([count, kb]) => `${count}: ${Math.round(kb / 1_024)} MB`).join(', ')}`,
          ].join('; '),
        },
      ],
      profiles: [],
    }
  },
}

const HOW = `The gateway in a process of its own, with sessions of 20 users. Resident memory (\`smaps_rollup\`, after a forced
garbage collection) over numbers of sessions: the slope of the line through them, so that what the process has anyway
is left out. The floor is a socket of plain uWebSockets.js that was sent nothing. Buffers of the kernel are not in it.
A profile of time says nothing of memory: there is none.`
