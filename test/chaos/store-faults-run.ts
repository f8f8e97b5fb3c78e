import { setTimeout as pause } from 'node:timers/promises'
import { Cluster } from '#test/cluster/cluster.ts'
import { ownStores } from '#test/cluster/own-stores.ts'
import { eventually } from '#test/support/eventually.ts'
import { confirmationToken } from '#test/support/people.ts'
import { violations } from './checks.ts'
import { Journal } from './journal.ts'
import { load } from './load.ts'
import { OwnServers, type ServerName } from './own-servers.ts'
import { RepeatingClient } from './repeating-client.ts'
import { type Addresses, type Probed, type StoreProbes, storeProbes } from './store-probes.ts'
import { newTown, type Town } from './town.ts'

/**
 * When everything is tried while a store is down: as soon as it is, at the processes themselves; when all deadlines
 * are over, there again; and through the front, which knows by then who is ready.
 */
const ROUNDS = [
  { afterMs: 100, direct: true },
  { afterMs: 12_000, direct: true },
  { afterMs: 0, direct: false },
]
const BOUNDED_MS = 16_000
const RECOVERED_MS = 30_000
/** Mails wait longer and longer while the mailer takes nothing. */
const MAILED_MS = 60_000
const PAUSE_MS = 400

/** What does not work without a store. Everything else does. */
export const NEEDED: Readonly<Record<ServerName, readonly string[]>> = {
  postgres: [
    ...['send', 'edit', 'react', 'unreact', 'reply', 'history', 'one message', 'search', 'guild', 'members'],
    ...[
      'edit a channel',
      'edit a guild',
      'typing',
      'upload',
      'download',
      'register',
      'log in',
      'identify',
      'resume',
    ],
  ],
  nats: [
    ...['send', 'edit', 'react', 'unreact', 'reply', 'one message', 'edit a channel', 'edit a guild'],
    ...['upload', 'identify', 'resume'],
  ],
  cassandra: ['edit', 'react', 'unreact', 'reply', 'history', 'one message', 'search'],
  opensearch: ['search'],
  s3: ['upload', 'download'],
  mail: [],
}

interface Options {
  /** On servers of the test's own, which are killed in this order. */
  readonly stores: readonly ServerName[]
  readonly seed: number
  readonly print: (line: string) => void
}

export interface StoreFault {
  readonly store: ServerName
  /** What was tried at once, and later, while it was down. */
  readonly down: Readonly<Record<string, readonly Probed[]>>
  /** From the start of the store to the first success of each that had not worked, in ms. */
  readonly recovered: Readonly<Record<string, number>>
}

/** Stores are killed one after another under load, looked at while they are down, and started again. */
export async function storeFaultsRun(
  options: Options,
): Promise<{ faults: StoreFault[]; problems: string[] }> {
  const servers = await OwnServers.start(options.stores)
  try {
    const stores = await ownStores({ ...process.env, ...servers.env })
    try {
      const cluster = await Cluster.start({
        env: { ...stores.env, GUILDHALL_RATE_LIMITS: 'off', GUILDHALL_LOG_LEVEL: 'warn' },
        processes: 1,
        httpPort: 0,
        gatewayPort: 0,
        print: (line) => options.print(`  ${line}`),
      })
      return await runOn(cluster, servers, options).finally(() => cluster.stop())
    } finally {
      await stores.drop()
    }
  } finally {
    await servers.dispose()
  }
}

async function runOn(cluster: Cluster, servers: OwnServers, { stores, seed, print }: Options) {
  const processes = cluster.members.map(({ name }) => name).sort()
  const town = await newTown(cluster)
  let direct = false
  const addresses = (): Addresses => {
    if (!direct) return { api: cluster.http, auth: cluster.http, gateway: cluster.gateway }
    const [api, auth, gateway] = (['api', 'auth', 'gateway'] as const).map(
      (name) => cluster.of(name)[0]?.port,
    )
    return {
      api: `http://127.0.0.1:${api}`,
      auth: `http://127.0.0.1:${auth}`,
      gateway: `ws://127.0.0.1:${gateway}`,
    }
  }
  const { probes, registered } = await storeProbes(cluster, addresses)
  const client = new RepeatingClient()
  const journal = new Journal()
  const ending = new AbortController()
  const loading = load({ town, client, journal, seed, pauseMs: PAUSE_MS }, ending.signal)
  const faults: StoreFault[] = []
  const problems: string[] = []
  try {
    await recovered(probes, problems, 'before anything')
    for (const store of stores) {
      const before = journal.count('done')
      const lost = lostConnections(town)
      registered.length = 0
      await servers.kill(store)
      const down: Record<string, Probed[]> = {}
      for (const round of ROUNDS) {
        await pause(round.afterMs)
        direct = round.direct
        await Promise.all(
          Object.entries(probes).map(async ([name, probe]) => {
            const probed = await probe()
            down[name] = [...(down[name] ?? []), probed]
          }),
        )
      }
      await servers.start(store)
      const times = await recovered(probes, problems, store)
      faults.push({ store, down, recovered: times })
      for (const line of linesOf({ store, down, recovered: times })) print(line)
      print(`${store}: ${journal.count('done') - before} messages were acknowledged meanwhile and afterwards`)
      print(
        `${store}: ${lostConnections(town) - lost} of ${town.sessions.length} sessions lost their connection`,
      )
      problems.push(...faultsOf(store, down))
      if (store === 'mail') problems.push(...(await withoutMail(cluster, registered)))
    }
    ending.abort()
    await loading
    problems.push(...(await violations({ town, journal, client, gateway: cluster.gateway })))
    if (String(cluster.members.map(({ name }) => name).sort()) !== String(processes))
      problems.push('a process of ours ended')
    print(`${journal.operations} operations, ${journal.count('done')} messages acknowledged`)
    return { faults, problems }
  } finally {
    ending.abort()
    await Promise.all(town.sessions.map((session) => session.stop()))
  }
}

/** Who was registered while the mail server was down gets his mail all the same. */
async function withoutMail({ http }: Cluster, addresses: readonly string[]): Promise<string[]> {
  const missing: string[] = []
  for (const address of addresses) {
    const token = () => confirmationToken(http, address).catch(() => undefined)
    await eventually(`a mail to ${address}`, token, MAILED_MS).catch((error) => missing.push(String(error)))
  }
  return missing
}

const lostConnections = ({ sessions }: Town): number =>
  sessions.reduce((sum, { counts }) => sum + counts.unannounced, 0)

/** Waits until everything works. @returns when each first did, in ms */
async function recovered(
  probes: StoreProbes['probes'],
  problems: string[],
  what: string,
): Promise<Record<string, number>> {
  const since = performance.now()
  const times: Record<string, number> = {}
  await Promise.all(
    Object.entries(probes).map(async ([name, probe]) => {
      for (;;) {
        const { verdict } = await probe()
        const ms = Math.round(performance.now() - since)
        times[name] = ms
        if (verdict === 'works') return
        if (ms > RECOVERED_MS) {
          problems.push(`${what}: ${name} does not work after ${ms} ms: ${JSON.stringify(verdict)}`)
          return
        }
        await pause(200)
      }
    }),
  )
  return times
}

/** Where what is needed, and only that, is not available, within a bounded time. */
function faultsOf(store: ServerName, down: StoreFault['down']): string[] {
  return Object.entries(down).flatMap(([name, rounds]) =>
    rounds.flatMap(({ verdict, ms }, index) => {
      const when = `${store} down, ${['at once', 'later', 'through the front'][index]}: ${name}`
      if (ms > BOUNDED_MS) return [`${when} took ${ms} ms`]
      if (typeof verdict === 'object') return [`${when} ended with ${verdict.fault} after ${ms} ms`]
      if (verdict === 'unavailable' && !NEEDED[store].includes(name))
        return [`${when} is not available, after ${ms} ms`]
      return []
    }),
  )
}

function linesOf({ store, down, recovered: times }: StoreFault): string[] {
  return Object.entries(down).map(([name, rounds]) => {
    const words = rounds.map(
      ({ verdict, ms }) => `${typeof verdict === 'object' ? verdict.fault : verdict} ${ms} ms`,
    )
    return `${store} down: ${name.padEnd(15)} ${words.join(' | ')}, again after ${times[name]} ms`
  })
}
