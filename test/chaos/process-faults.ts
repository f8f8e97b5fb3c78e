import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster, Service } from '#test/cluster/cluster.ts'

const KILLED = ['gateway', 'api', 'relay', 'indexer'] as const
const FIRST_AFTER_MS = 2_000

interface Options {
  readonly cluster: Cluster
  readonly random: () => number
  readonly tell: (what: string) => void
}

/** kill -9 of one process after another, each started again before the next, until the signal aborts. */
export async function killInTurn(
  { cluster, random, tell }: Options,
  signal: AbortSignal,
): Promise<Map<Service, number>> {
  const kills = new Map<Service, number>()
  await pause(FIRST_AFTER_MS)
  for (let turn = Math.floor(random() * KILLED.length); !signal.aborted; turn++) {
    const service = KILLED[turn % KILLED.length] as Service
    const members = cluster.of(service)
    const member = members[Math.floor(random() * members.length)]
    if (!member) throw new Error(`there is no ${service}`)
    await cluster.kill(member)
    kills.set(service, (kills.get(service) ?? 0) + 1)
    await pause(random() * 2_000)
    const { name } = await cluster.add(service)
    tell(`killed ${member.name}, started ${name}`)
    await pause(random() * 2_000)
  }
  return kills
}

/** SIGTERM of each process of a service in turn, another one started in its place. @returns exit codes other than 0 */
export async function rollingRestarts(
  { cluster, tell }: Pick<Options, 'cluster' | 'tell'>,
  service: Service,
  times: number,
): Promise<number[]> {
  const bad: number[] = []
  for (let time = 1; time <= times; time++) {
    const [oldest] = cluster.of(service)
    if (!oldest) throw new Error(`there is no ${service}`)
    const since = performance.now()
    const code = await cluster.end(oldest)
    const stopped = Math.round(performance.now() - since)
    if (code !== 0) bad.push(code ?? -1)
    const { name } = await cluster.add(service)
    tell(`${oldest.name} ended with ${code} after ${stopped} ms, started ${name}`)
    // Until the front has seen it, and what it left has settled.
    await pause(1_000)
  }
  return bad
}
