import { readdir, readFile } from 'node:fs/promises'

/** One tick of /proc's `utime` and `stime`: USER_HZ, 100 on every Linux that Node runs on. */
const TICK_MS = 10

/** CPU that a process has used since it began. */
export interface CpuTime {
  /** On CPU, by the scheduler's nanoseconds: user and system together. */
  readonly ms: number
  /** The part of `ms` that is not the main thread's: garbage collector, compiler, pool. */
  readonly otherThreadsMs: number
  /** The same twice, apart, but in ticks of 10 ms. */
  readonly userMs: number
  readonly systemMs: number
}

const NONE: CpuTime = { ms: 0, otherThreadsMs: 0, userMs: 0, systemMs: 0 }

/** Nanoseconds on CPU: the first number of /proc/…/schedstat. */
export const parseSchedstat = (text: string): number => Number(text.split(' ', 1)[0])

/** Of /proc/…/stat. The name may contain blanks and parentheses. */
export function parseStat(text: string): { userMs: number; systemMs: number } {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { userMs: Number(fields[11]) * TICK_MS, systemMs: Number(fields[12]) * TICK_MS }
}

/** A line `Name:   1234 kB` of /proc/…/smaps_rollup. @throws when it is not there */
export function parseKilobytes(text: string, name: string): number {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]
  if (found === undefined) throw new Error(`no ${name} in smaps_rollup`)
  return Number(found)
}

export const difference = (after: CpuTime, before: CpuTime): CpuTime => ({
  ms: after.ms - before.ms,
  otherThreadsMs: after.otherThreadsMs - before.otherThreadsMs,
  userMs: after.userMs - before.userMs,
  systemMs: after.systemMs - before.systemMs,
})

const sum = (a: CpuTime, b: CpuTime): CpuTime => ({
  ms: a.ms + b.ms,
  otherThreadsMs: a.otherThreadsMs + b.otherThreadsMs,
  userMs: a.userMs + b.userMs,
  systemMs: a.systemMs + b.systemMs,
})

/** Of one process with all of its threads that live. @throws when there is no such process */
export async function cpuOf(pid: number): Promise<CpuTime> {
  let total = 0
  let main = 0
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    // A thread may end between the listing and the reading.
    const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(() => '0')
    const ms = parseSchedstat(text) / 1e6
    total += ms
    if (thread === String(pid)) main = ms
  }
  return {
    ms: total,
    otherThreadsMs: total - main,
    ...parseStat(await readFile(`/proc/${pid}/stat`, 'utf8')),
  }
}

/** Of a process and its children, such as Postgres with its backends. Those that have ended are left out. */
export async function cpuOfTree(pid: number): Promise<CpuTime> {
  let total = NONE
  for (const each of [pid, ...(await childrenOf(pid))])
    total = sum(total, await cpuOf(each).catch(() => NONE))
  return total
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.trim() === '' ? [] : text.trim().split(' ').map(Number)
}

/** Resident memory, private and shared, in KB. */
export const residentKb = async (pid: number): Promise<number> =>
  parseKilobytes(await readFile(`/proc/${pid}/smaps_rollup`, 'utf8'), 'Rss')
