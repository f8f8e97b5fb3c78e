import type { Goal } from './goals.ts'
import { Histogram, type HistogramSnapshot } from './histogram.ts'
import { latencyInWords, measured } from './measure.ts'
import { type Figure, isShort, type Outcome } from './outcome.ts'
import { profiled, topSelfTimes } from './profile.ts'
import type { Bench } from './scenario.ts'
import { median, rounded, spread } from './statistics.ts'
import type { Client, Standalone } from './world.ts'

const ROUNDS = 5
const PROFILED = 15

export interface Operations {
  readonly what: string
  /** In one round. */
  readonly count: number
  readonly goal?: Goal
  /** Before each round, not measured. */
  readonly prepare?: () => Promise<unknown>
  readonly work: () => Promise<{ readonly latency: HistogramSnapshot; readonly ms: number }>
  readonly after?: () => Promise<unknown>
}

/** CPU of the server for one operation, after one round that is not counted. */
export async function perOperation(
  { options, say }: Bench,
  { server, client }: { server: Standalone; client: Client },
  { what, count, goal, prepare, work, after }: Operations,
): Promise<{ figure: Figure; profiles: Outcome['profiles'] }> {
  const pids = { server: server.pid, client: client.pid, postgres: server.postgresPid }
  const latency = new Histogram()
  const rounds: { cpu: number; others: number; postgres: number; client: number; perSecond: number }[] = []
  for (let round = 0; round <= (options.rounds ?? ROUNDS); round++) {
    await prepare?.()
    const { value, ...cpu } = await measured(pids, work)
    await after?.()
    if (round === 0) continue
    latency.add(value.latency)
    const each = {
      cpu: cpu.server.ms / count,
      others: cpu.server.otherThreadsMs / count,
      postgres: (cpu.postgres?.ms ?? 0) / count,
      client: cpu.client.ms / count,
      perSecond: (count * 1_000) / value.ms,
    }
    rounds.push(each)
    say(`${what}, round ${round}: ${rounded(each.cpu)} CPU-ms`)
  }
  const middle = (of: keyof (typeof rounds)[number]) => rounded(median(rounds.map((round) => round[of])))
  const figure: Figure = {
    what,
    value: median(rounds.map(({ cpu }) => cpu)),
    unit: 'CPU-ms',
    spread: spread(rounds.map(({ cpu }) => cpu)),
    ...(goal ? { goal } : {}),
    beside: [
      `${middle('perSecond')} a second`,
      latencyInWords(latency),
      `of it in other threads ${middle('others')} ms`,
      `Postgres ${middle('postgres')} ms`,
      `the client's own ${middle('client')} ms`,
    ].join('; '),
  }
  if (!isShort(figure) && !options.profile) return { figure, profiles: [] }
  await prepare?.()
  const profile = await profiled(server, work)
  await after?.()
  return { figure, profiles: [{ of: what, top: topSelfTimes(profile, PROFILED) }] }
}
