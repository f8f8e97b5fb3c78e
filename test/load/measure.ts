import { systemClock } from '#shared/kernel/clock.ts'
import type { Histogram } from './histogram.ts'
import { type CpuTime, cpuOf, cpuOfTree, difference } from './proc.ts'
import { rounded } from './statistics.ts'

/** What is still under way when a client has its last answer: garbage collection, commits that nobody waits for. */
const SETTLE_MS = 250

interface Pids {
  readonly server: number
  readonly client: number
  /** Counted with its children. */
  readonly postgres?: number
}

export interface Measured<T> {
  readonly value: T
  readonly server: CpuTime
  readonly client: CpuTime
  readonly postgres: CpuTime | undefined
}

/** The CPU of each side while something goes on. */
export async function measured<T>(
  { server, client, postgres }: Pids,
  work: () => Promise<T>,
): Promise<Measured<T>> {
  const read = async () => ({
    server: await cpuOf(server),
    client: await cpuOf(client),
    postgres: postgres === undefined ? undefined : await cpuOfTree(postgres),
  })
  const before = await read()
  const value = await work()
  await systemClock.sleep(SETTLE_MS)
  const after = await read()
  return {
    value,
    server: difference(after.server, before.server),
    client: difference(after.client, before.client),
    postgres: before.postgres && after.postgres && difference(after.postgres, before.postgres),
  }
}

/** p50, p90, p99, p99.9 and the maximum, in ms. */
export function latencyInWords(histogram: Histogram): string {
  const [p50, p90, p99, p999] = [0.5, 0.9, 0.99, 0.999].map((q) => rounded(histogram.quantile(q) / 1_000))
  return `latency p50 ${p50}, p90 ${p90}, p99 ${p99}, p99.9 ${p999}, max ${rounded(histogram.max / 1_000)} ms`
}
