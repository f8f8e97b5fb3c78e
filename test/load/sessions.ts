import { systemClock } from '#shared/kernel/clock.ts'
import { query } from '#test/support/embedded-database.ts'
import { GOALS } from './goals.ts'
import type { Figure } from './outcome.ts'
import { perOperation } from './per-operation.ts'
import type { Bench, Scenario } from './scenario.ts'
import type { Opened } from './session-pool.ts'
import { median, rounded, spread } from './statistics.ts'
import type { Client, Standalone } from './world.ts'

const PARALLEL = 8
/** Until the server has noticed that connections are gone, or that sessions are open. */
const SETTLE_MS = 1_000
const MISSED = 100
const STORM = 2_000
const STORM_MISSED = 10
/** Backends of Postgres publish what they have counted after ten seconds without work. */
const STATISTICS_MS = 11_000

export const connect: Scenario = {
  name: 'connect',
  describe: 'connect, Identify, READY, GUILD_CREATE of a guild of 100 channels that is loaded',
  run: async (bench) => {
    const sides = await start(bench)
    const count = bench.options.quick ? 20 : 300
    // One session stays, so that the guild stays loaded.
    const { figure, profiles } = await perOperation(bench, sides, {
      what: 'connect to GUILD_CREATE',
      count,
      goal: GOALS.connect,
      work: () => sides.open(count),
      after: () => sides.client.call.close(undefined),
    })
    const how = `${HOW} ${PARALLEL} connect at the same time; their ends are not counted.`
    return { scenario: 'connect', how, figures: [figure], profiles }
  },
}

export const resume: Scenario = {
  name: 'resume',
  describe: `RESUME with ${MISSED} missed messages`,
  run: async (bench) => {
    const sides = await start(bench)
    const { client } = sides
    const count = bench.options.quick ? 20 : 200
    const { figure, profiles } = await perOperation(bench, sides, {
      what: `RESUME with ${MISSED} missed`,
      count,
      goal: GOALS.resume,
      prepare: () => sides.miss(count, MISSED),
      work: async () => complete(await client.call.resume(PARALLEL), count, MISSED),
      after: () => client.call.close(undefined),
    })
    const how = `${HOW} The sessions are cut off just after they were opened; ${PARALLEL} resume at the same time.`
    return { scenario: 'resume', how, figures: [figure], profiles }
  },
}

export const reconnect: Scenario = {
  name: 'reconnect',
  describe: `${STORM.toLocaleString('en')} sessions are cut off and all resume at once`,
  run: async (bench) => {
    const sides = await start(bench)
    const { client, server } = sides
    const count = bench.options.quick ? 50 : STORM
    const lasts: number[] = []
    const { figure, profiles } = await perOperation(bench, sides, {
      what: `RESUME of ${count} at once, each`,
      count,
      prepare: () => sides.miss(count, STORM_MISSED),
      work: async () => {
        const resumed = complete(await client.call.resume(count), count, STORM_MISSED)
        lasts.push(resumed.ms)
        return resumed
      },
      after: () => client.call.close(undefined),
    })
    const last: Figure = {
      what: `RESUME of ${count} at once, until the last RESUMED`,
      value: median(lasts.slice(1)),
      unit: 'ms',
      spread: spread(lasts.slice(1)),
    }
    bench.say('statements …')
    await sides.miss(count, STORM_MISSED)
    const before = await transactions(server)
    await client.call.resume(count)
    const statements: Figure = {
      what: `RESUME of ${count} at once, statements of each`,
      value: ((await transactions(server)) - before) / count,
      unit: 'transactions',
    }
    const how = `${HOW} All connect at once, with ${STORM_MISSED} messages missed. Statements are transactions that
Postgres has committed meanwhile, those of the server's background work among them.`
    return { scenario: 'reconnect', how, figures: [figure, last, statements], profiles }
  },
}

const HOW = `The standalone server as \`npm start\` runs it; sessions of 20 users in a guild of 100 channels, with the intents
GUILDS, GUILD_MESSAGES and MESSAGE_CONTENT. What the client spends is counted apart.`

interface Sides {
  readonly server: Standalone
  readonly client: Client
  open(count: number): Promise<Opened>
  /** Sessions that were cut off, and have missed messages since. */
  miss(count: number, messages: number): Promise<void>
}

async function start({ world }: Bench): Promise<Sides> {
  const { tokens, channelId } = await world.place()
  const server = await world.standalone()
  const client = await world.client()
  const open = (count: number) => client.call.open({ url: server.gateway, tokens, count, parallel: PARALLEL })
  const token = tokens[0] as string
  return {
    server,
    client,
    open,
    async miss(count, messages) {
      await open(count)
      await systemClock.sleep(SETTLE_MS)
      await client.call.drop(undefined)
      await systemClock.sleep(SETTLE_MS)
      await client.call.request({
        ...{ url: server.http, token, what: { post: `/channels/${channelId}/messages` } },
        ...{ requests: messages, loop: { concurrency: 4 } },
      })
    },
  }
}

/** @throws when sessions got something else than Hello, what they missed, and RESUMED */
function complete(opened: Opened, count: number, missed: number): Opened {
  const due = count * (missed + 2)
  if (opened.frames !== due)
    throw new Error(`${opened.frames} frames came with RESUME instead of ${rounded(due)}`)
  return opened
}

async function transactions({ dataDir }: Standalone): Promise<number> {
  await systemClock.sleep(STATISTICS_MS)
  const [row] = await query(
    dataDir,
    'select xact_commit::int as count from pg_stat_database where datname = current_database()',
  )
  return (row as { count: number }).count
}
