import { systemClock } from '#shared/kernel/clock.ts'
import { GOALS, type Goal } from './goals.ts'
import type { HttpLoad } from './http-load.ts'
import { measured } from './measure.ts'
import type { Figure, Outcome } from './outcome.ts'
import { perOperation } from './per-operation.ts'
import type { Bench, Scenario } from './scenario.ts'
import type { Client, Standalone } from './world.ts'

/** Requests of one round. */
const CLOSED = [
  { concurrency: 1, requests: 400 },
  { concurrency: 20, requests: 2_000 },
] as const
const OPEN = { perSecond: 100, requests: 300 } as const
const QUICK_REQUESTS = 20
const IDLE_MS = 3_000

export const postMessage: Scenario = {
  name: 'post-message',
  describe: 'POST of a message to a channel of a guild, with one session that receives it',
  run: async (bench) => {
    const { tokens, channelId } = await bench.world.place()
    const [server, client] = await sides(bench)
    const [sender, receiver] = tokens as [string, string]
    await client.call.open({ url: server.gateway, tokens: [receiver], count: 1, parallel: 1 })
    const idle = await measured({ server: server.pid, client: client.pid }, () => systemClock.sleep(IDLE_MS))
    const load = { url: server.http, token: sender, what: { post: `/channels/${channelId}/messages` } }
    const { figures, profiles } = await loops(bench, server, client, {
      name: 'POST message',
      load,
      goal: GOALS.post,
    })
    const alone: Figure = {
      what: 'the server with nothing to do, per second',
      value: (idle.server.ms * 1_000) / IDLE_MS,
      unit: 'CPU-ms',
    }
    return { scenario: 'post-message', how: `${HOW} ${RECEIVER}`, figures: [...figures, alone], profiles }
  },
}

export const getMessages: Scenario = {
  name: 'get-messages',
  describe: 'GET of the newest 50 messages of a channel',
  run: async (bench) => {
    const { tokens, historyId } = await bench.world.place()
    const [server, client] = await sides(bench)
    const what = { get: `/channels/${historyId}/messages?limit=50` }
    const load = { url: server.http, token: tokens[1] as string, what }
    const goal = GOALS.getPage
    return {
      scenario: 'get-messages',
      how: HOW,
      ...(await loops(bench, server, client, { name: 'GET 50 messages', load, goal })),
    }
  },
}

const HOW = `The standalone server as \`npm start\` runs it, rate limits off. Its process does everything (api, gateway, relay,
indexer), Postgres apart. In a closed loop each connection asks again as soon as it is answered; in the open loop
requests are due at fixed times and latency counts from then.`
const RECEIVER = 'What the server does without any request is in the figures and is shown by itself.'

async function sides({ world }: Bench): Promise<[Standalone, Client]> {
  return [await world.standalone(), await world.client()]
}

async function loops(
  bench: Bench,
  server: Standalone,
  client: Client,
  { name, load, goal }: { name: string; load: Pick<HttpLoad, 'url' | 'token' | 'what'>; goal: Goal },
): Promise<Pick<Outcome, 'figures' | 'profiles'>> {
  const kinds = [
    ...CLOSED.map(({ concurrency, requests }) => ({
      what: `${name}, ${concurrency} at once`,
      loop: { concurrency },
      requests,
    })),
    {
      what: `${name}, open loop of ${OPEN.perSecond} a second`,
      loop: { perSecond: OPEN.perSecond },
      requests: OPEN.requests,
    },
  ]
  const found = []
  for (const { what, loop, requests } of kinds) {
    const count = bench.options.quick ? QUICK_REQUESTS : requests
    const work = () => client.call.request({ ...load, loop, requests: count })
    found.push(await perOperation(bench, { server, client }, { what, count, goal, work }))
  }
  return {
    figures: found.map(({ figure }) => figure),
    profiles: found.flatMap(({ profiles }) => profiles),
  }
}
