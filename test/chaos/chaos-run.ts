import { setTimeout as pause } from 'node:timers/promises'
import { Cluster, type Service } from '#test/cluster/cluster.ts'
import { ownStores } from '#test/cluster/own-stores.ts'
import { eventually } from '#test/support/eventually.ts'
import { seededRandom } from '#test/support/random-operations.ts'
import { violations } from './checks.ts'
import { Journal } from './journal.ts'
import { load } from './load.ts'
import { killInTurn, rollingRestarts } from './process-faults.ts'
import { RepeatingClient } from './repeating-client.ts'
import { newTown, type Town } from './town.ts'

const PROGRESS_MS = 10_000
const CUT_MS = 3_000
const HEALED_MS = 30_000

interface Options {
  readonly seed: number
  /** How long it is loaded while processes are killed; 0: not at all. */
  readonly killMs: number
  /** How often a process of gateway, api and auth is restarted in order, each. */
  readonly rolling: number
  /** Between two operations of a person, at most. */
  readonly pauseMs: number
  readonly print: (line: string) => void
}

export interface ChaosSummary {
  readonly seconds: number
  readonly kills: Readonly<Record<string, number>>
  readonly operations: number
  readonly requests: number
  readonly messages: { readonly acknowledged: number; readonly refused: number; readonly unknown: number }
  /** Tries that got a 5xx or no answer. */
  readonly failedTries: number
  readonly request: Percentiles
  readonly sessions: Readonly<Record<string, number>>
  readonly closeCodes: Readonly<Record<string, number>>
  readonly dispatches: number
  /** From the loss of a connection to RESUMED. */
  readonly resume: Percentiles
  readonly badExits: readonly number[]
  readonly violations: readonly string[]
}

interface Percentiles {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** Two of every service on stores of their own, under load, with faults; then everything is healed and looked at. */
export async function chaosRun(options: Options): Promise<ChaosSummary> {
  const { seed, print } = options
  const stores = await ownStores(process.env)
  const cluster = await Cluster.start({
    env: { ...stores.env, GUILDHALL_RATE_LIMITS: 'off', GUILDHALL_LOG_LEVEL: 'warn' },
    processes: 2,
    httpPort: 0,
    gatewayPort: 0,
    print: (line) => print(`  ${line}`),
  }).catch(async (error) => {
    await stores.drop()
    throw error
  })
  try {
    return await runOn(cluster, options)
  } finally {
    await cluster.stop()
    await stores.drop()
    print(`seed ${seed}`)
  }
}

async function runOn(
  cluster: Cluster,
  { seed, killMs, rolling, pauseMs, print }: Options,
): Promise<ChaosSummary> {
  const since = performance.now()
  const tell = (what: string) => print(`${Math.round((performance.now() - since) / 1_000)} s: ${what}`)
  const random = seededRandom(seed)
  const town = await newTown(cluster)
  const client = new RepeatingClient()
  const journal = new Journal()
  tell(`${town.sessions.length} sessions`)
  const ending = new AbortController()
  const loading = load({ town, client, journal, seed, pauseMs }, ending.signal)
  const progress = setInterval(() => {
    const { resumed, invalid } = totals(town)
    tell(
      `${journal.operations} operations, ${journal.count('done')} messages, ${resumed} resumed, ${invalid} invalid, ${client.failures.length} failed tries`,
    )
  }, PROGRESS_MS)
  let kills = new Map<Service, number>()
  const badExits: number[] = []
  try {
    if (killMs > 0) {
      const over = AbortSignal.timeout(killMs)
      const cutting = cutInTurn(town, random, over)
      kills = await Promise.race([killInTurn({ cluster, random, tell }, over), loading.then(() => kills)])
      await cutting
    }
    const before = { failures: client.failures.length, ...totals(town) }
    if (rolling > 0) {
      const logins = logInForEver(town, client, ending.signal)
      const ends = await Promise.all(
        (['gateway', 'api', 'auth'] as const).map((service) =>
          rollingRestarts({ cluster, tell }, service, rolling),
        ),
      )
      badExits.push(...ends.flat())
      await settle(town)
      ending.abort()
      await logins
    }
    ending.abort()
    await loading
    clearInterval(progress)
    await settle(town)
    if (rolling > 0) {
      const now = totals(town)
      for (const { method, path, status, text } of client.failures.slice(before.failures))
        journal.violations.push(`in a rolling restart ${method} ${path} was answered ${status} ${text} [G7]`)
      if (now.unannounced > before.unannounced)
        journal.violations.push(
          `${now.unannounced - before.unannounced} connections ended without op 7 in rolling restarts [G7]`,
        )
    }
    tell('looking at everything')
    const found = await violations({ town, journal, client, gateway: cluster.gateway })
    return {
      seconds: Math.round((performance.now() - since) / 1_000),
      kills: Object.fromEntries(kills),
      operations: journal.operations,
      requests: client.requests,
      messages: {
        acknowledged: journal.count('done'),
        refused: journal.count('refused'),
        unknown: journal.count('unknown'),
      },
      failedTries: client.failures.length,
      request: percentiles(client.times),
      sessions: totals(town),
      closeCodes: closeCodes(town),
      dispatches: town.sessions.reduce((sum, { seq }) => sum + seq, 0),
      resume: percentiles(town.sessions.flatMap(({ gaps }) => gaps)),
      badExits,
      violations: found,
    }
  } finally {
    clearInterval(progress)
    ending.abort()
    await Promise.all(town.sessions.map((session) => session.stop()))
  }
}

/** Connections break besides, without a reason that the server knows. */
async function cutInTurn({ sessions }: Town, random: () => number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(random() * CUT_MS)
    sessions[Math.floor(random() * sessions.length)]?.cut()
  }
}

/** Requests that auth answers, with a wrong password: it hashes as for a right one. */
async function logInForEver({ owner }: Town, client: RepeatingClient, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await client.ask(owner, 'POST', '/auth/login', { login: owner.username, password: 'not the right one' })
    await pause(200)
  }
}

const settle = (town: Town): Promise<boolean> =>
  eventually(
    'all sessions are connected',
    () => town.sessions.every(({ live, counts }) => live || counts.invalid > 0),
    HEALED_MS,
  )

function totals({ sessions }: Town) {
  const sum = (of: (counts: Town['sessions'][number]['counts']) => number) =>
    sessions.reduce((total, { counts }) => total + of(counts), 0)
  return {
    connections: sum(({ connections }) => connections),
    resumed: sum(({ resumed }) => resumed),
    reconnects: sum(({ reconnects }) => reconnects),
    cuts: sum(({ cuts }) => cuts),
    unannounced: sum(({ unannounced }) => unannounced),
    zombies: sum(({ zombies }) => zombies),
    invalid: sum(({ invalid }) => invalid),
  }
}

function closeCodes({ sessions }: Town): Record<string, number> {
  const counts = new Map<number, number>()
  for (const session of sessions)
    for (const [code, count] of session.closeCodes) counts.set(code, (counts.get(code) ?? 0) + count)
  return Object.fromEntries(counts)
}

function percentiles(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (part: number) => Math.round(sorted[Math.ceil(part * sorted.length) - 1] ?? 0)
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}
