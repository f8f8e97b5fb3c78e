import { systemClock } from '#shared/kernel/clock.ts'
import { eventually } from '#test/support/eventually.ts'
import { GOALS, type Goal } from './goals.ts'
import { Histogram } from './histogram.ts'
import { latencyInWords, measured } from './measure.ts'
import { type Figure, isShort, type Outcome } from './outcome.ts'
import { profiled, topSelfTimes } from './profile.ts'
import type { Bench, Scenario } from './scenario.ts'
import { median, rounded, spread } from './statistics.ts'
import type { Client, Floor, Gateway } from './world.ts'

const ROUNDS = 9
/**
 * While CPU is counted the client is on the server's core: side by side, two busy cores of one virtual machine
 * slow each other down by what others do at that moment, and the floor differs from itself by a third.
 */
const COUNTING = { writesPerSecond: 40_000, seconds: 1, client: 'servers' } as const
/** While latency is measured the client has a core of its own. */
const TIMING = { writesPerSecond: 20_000, seconds: 4, client: 'clients' } as const
const LEAST_BURSTS = 5
const PARALLEL_OPENINGS = 16
const LIVE_MS = 500
const PROFILED = 12

/** What sends: the gateway or the floor, with the client that receives from it. */
interface Side {
  readonly name: string
  readonly server: Pick<Gateway | Floor, 'pid' | 'output'>
  readonly burst: Floor['call']['burst']
  readonly url: string
  readonly tokens: readonly string[]
  readonly client: Client
}

interface FloorSide extends Side {
  readonly use: Floor['call']['use']
}

interface Stretch {
  /** Of the server, µs. */
  readonly perDelivery: number
  readonly othersPerDelivery: number
  readonly clientPerDelivery: number
  readonly systemShare: number
  readonly latency: Histogram
}

export const fanOut: Scenario = {
  name: 'fan-out',
  describe:
    'one message to N sessions of one channel, alone and in bursts of k, against plain uWebSockets.js',
  run: (bench) => compare(bench, 'fan-out', () => gatewaySide(bench)),
}

export const floorAgainstItself: Scenario = {
  name: 'floor',
  describe: 'the floor of fan-out against itself: how far from 1 a ratio is by chance',
  run: ({ options, ...bench }) => {
    const middle = options.sessions[options.sessions.length >> 1] as number
    const one = { ...bench, options: { ...options, sessions: [middle] } }
    return compare(one, 'floor', () => floorSide(one, 'floor again'))
  },
}

async function compare(bench: Bench, scenario: string, start: () => Promise<Side>): Promise<Outcome> {
  const { options, say } = bench
  const subject = await start()
  const floor = await floorSide(bench, 'floor')
  const figures: Figure[] = []
  const profiles: Outcome['profiles'][number][] = []
  const profileAt = async (n: number, k: number) => {
    const of = `delivery, N = ${n}, ${burstName(k)}`
    if (profiles.some((profile) => profile.of === of)) return
    const profile = await profiled(subject.server, () => stretch(subject, n, k, TIMING))
    profiles.push({ of, top: topSelfTimes(profile, PROFILED) })
  }
  let open = 0
  for (const n of options.sessions) {
    say(`${n} sessions on each side …`)
    for (const side of [subject, floor]) await openMore(side, n - open)
    open = n
    await handOverFrame(subject, floor, n)
    for (const k of options.bursts) {
      const figure = await compareAt(bench, { subject, floor, n, k })
      figures.push(figure)
      if (options.profile || isShort(figure)) await profileAt(n, k)
    }
  }
  for (const k of subject.tokens.length > 0 ? options.bursts : []) {
    const figure = growth(figures, k)
    if (!figure) continue
    figures.push(figure)
    if (isShort(figure)) await profileAt(open, k)
  }
  return { scenario, how: subject.tokens.length > 0 ? HOW : HOW_ITSELF, figures, profiles }
}

const HOW = `The gateway runs in a process of its own on a log that is fed by hand, so its CPU is that of delivering:
reading the tail, the audience, the frame, each session's sequence number, the socket. The floor is plain
uWebSockets.js of the same binary; it sends the bytes of one of the gateway's frames, from a timer, one \`send\` for one
frame and k frames under one cork. Both do ${COUNTING.writesPerSecond} writes a second and take turns second by second; the ratio is the
median of the rounds' ratios. At k = 8 the tail reads eight events at once. CPU is counted with the load client on
the same core, so that the sides do not slow each other down. Latency is measured apart, with the client on the other
core, at ${TIMING.writesPerSecond} writes a second: from the time at which a message was due until the client has read it, in a
sample of the sessions; reading all others is part of it. Nobody sends heartbeats.`
const HOW_ITSELF = 'As fan-out, with the floor in place of the gateway: how far from 1 a ratio is by chance.'

async function compareAt(
  { options, say }: Bench,
  { subject, floor, n, k }: { subject: Side; floor: Side; n: number; k: number },
): Promise<Figure> {
  const rounds: { subject: Stretch; floor: Stretch }[] = []
  const stretchOf = (side: Side) =>
    stretch(side, n, k, options.quick ? { ...COUNTING, seconds: 0.1 } : COUNTING)
  for (const side of [subject, floor]) await stretchOf(side)
  for (let round = 1; round <= (options.rounds ?? ROUNDS); round++) {
    // Each goes first in every other round.
    const early = await stretchOf(round % 2 === 0 ? floor : subject)
    const late = await stretchOf(round % 2 === 0 ? subject : floor)
    const both = round % 2 === 0 ? { subject: late, floor: early } : { subject: early, floor: late }
    rounds.push(both)
    const [here, there] = [rounded(both.subject.perDelivery), rounded(both.floor.perDelivery)]
    say(`N=${n} k=${k} round ${round}: ${here} µs, floor ${there} µs`)
  }
  const { latency } = await stretch(subject, n, k, options.quick ? { ...TIMING, seconds: 0.1 } : TIMING)
  const of = (read: (round: { subject: Stretch; floor: Stretch }) => number) => rounds.map(read)
  const goals: Record<number, Goal> = { 1: GOALS.unbatchedRatio, 8: GOALS.batchedRatio }
  // Against itself the floor has none.
  const goal = n === 1_000 && subject.tokens.length > 0 ? goals[k] : undefined
  return {
    what: `delivery, N = ${n}, ${burstName(k)}`,
    value: median(of((round) => round.subject.perDelivery)),
    unit: 'µs',
    spread: spread(of((round) => round.subject.perDelivery)),
    floor: median(of((round) => round.floor.perDelivery)),
    ratio: median(of((round) => round.subject.perDelivery / round.floor.perDelivery)),
    ...(goal ? { goal } : {}),
    beside: [
      `ratios ${spread(of((round) => round.subject.perDelivery / round.floor.perDelivery))}`,
      `of it in the kernel ${Math.round(median(of((round) => round.subject.systemShare)) * 100)} %`,
      `in other threads ${rounded(median(of((round) => round.subject.othersPerDelivery)))} µs`,
      `the client's own ${rounded(median(of((round) => round.subject.clientPerDelivery)))} µs`,
      latencyInWords(latency),
    ].join('; '),
  }
}

const burstName = (k: number): string => (k === 1 ? 'unbatched' : `k = ${k}`)

/** Sends for some seconds and waits until everything has arrived. @throws when something is missing */
async function stretch(
  side: Side,
  n: number,
  k: number,
  pace: { writesPerSecond: number; seconds: number; client: 'servers' | 'clients' },
): Promise<Stretch> {
  const times = Math.max(LEAST_BURSTS, Math.round((pace.writesPerSecond * pace.seconds) / n))
  const deliveries = times * k * n
  await side.client.moveTo(pace.client)
  await side.client.call.reset(undefined)
  const { server, client, value } = await measured(
    { server: side.server.pid, client: side.client.pid },
    async () => {
      await side.burst({ times, k, everyMs: (n * 1_000) / pace.writesPerSecond })
      return eventually(`${deliveries} deliveries of the ${side.name}`, async () => {
        const counted = await side.client.call.counted(undefined)
        if (counted.broken > 0) throw new Error(`${counted.broken} connections to the ${side.name} broke`)
        if (counted.frames > deliveries) throw new Error(`the ${side.name} sent more than it was to send`)
        return counted.frames === deliveries && counted
      })
    },
  )
  return {
    perDelivery: (server.ms * 1_000) / deliveries,
    othersPerDelivery: (server.otherThreadsMs * 1_000) / deliveries,
    clientPerDelivery: (client.ms * 1_000) / deliveries,
    systemShare: server.systemMs / Math.max(1, server.systemMs + server.userMs),
    latency: new Histogram().add(value.latency),
  }
}

async function gatewaySide({ world, say }: Bench): Promise<Side> {
  say('a guild of 100 channels …')
  const { tokens } = await world.place()
  const gateway = await world.gatewayAlone()
  const { url, call } = gateway
  return {
    ...{ name: 'gateway', server: gateway, burst: call.burst, url, tokens, client: await world.client() },
  }
}

async function floorSide({ world }: Bench, name: string): Promise<FloorSide> {
  const floor = await world.floor()
  const { url, call } = floor
  await call.use(SAMPLE)
  return {
    ...{ name, server: floor, burst: call.burst, url, tokens: [], client: await world.client() },
    use: call.use,
  }
}

/** Until there is a frame of the gateway: about as long as one. */
const SAMPLE = `{"content":"@${'0'.repeat(16)}${' '.repeat(600)}"}`

async function openMore({ client, url, tokens }: Side, count: number): Promise<void> {
  await client.moveTo('clients')
  await client.call.open({ url, tokens, count, parallel: PARALLEL_OPENINGS })
  // A session goes live a moment after its last GUILD_CREATE.
  await systemClock.sleep(LIVE_MS)
}

/** From here on the floor sends what the gateway sends. */
async function handOverFrame(from: Side, to: FloorSide, n: number): Promise<void> {
  if (from.tokens.length === 0) return
  await stretch(from, n, 1, { ...COUNTING, seconds: 0 })
  await to.use(await from.client.call.captured(undefined))
}

function growth(figures: readonly Figure[], k: number): Figure | undefined {
  const ratios = figures.flatMap(({ what, ratio }) => (what.endsWith(burstName(k)) ? (ratio ?? []) : []))
  if (ratios.length < 2) return undefined
  return {
    what: `growth of the ratio over N, ${burstName(k)}`,
    value: Math.max(...ratios) / Math.min(...ratios),
    unit: '×',
    goal: GOALS.growth,
  }
}
