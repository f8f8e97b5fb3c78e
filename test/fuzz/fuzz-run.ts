import { readFile } from 'node:fs/promises'
import { GatewayClient } from '#test/support/gateway-client.ts'
import { newGuild, newPerson } from '#test/support/people.ts'
import type { TestServer } from '#test/support/test-server.ts'
import { Effects } from './effects.ts'
import { frameRuns } from './frame-runs.ts'
import { requestBatches } from './request-batches.ts'
import { Sender } from './send.ts'

const MOST_PRINTED = 50

/** Of what is left in memory after any number of requests. */
const MOST_MEMORY_BYTES = 700 * 1024 * 1024

interface Options {
  readonly seed: number
  /** The number of the first request of the seed. */
  readonly first?: number
  readonly requests: number
  readonly frames: number
  readonly print: (line: string) => void
}

/** Sends requests and frames to a running server. @returns what was wrong, in words; printed as it is found */
export async function fuzzRun(
  server: TestServer,
  { seed, first = 0, requests, frames, print }: Options,
): Promise<string[]> {
  const { http: base, gateway, dataDir } = server
  const problems: string[] = []
  const onProblem = (problem: string) => {
    problems.push(problem)
    if (problems.length <= MOST_PRINTED) print(problem)
  }
  const sender = new Sender(base)
  const effects = await Effects.open(dataDir)
  try {
    if (requests > 0) {
      const count = requests
      const seconds = stopwatch()
      const onProgress = every(count, 'requests', print)
      const done = await requestBatches({ base, seed, first, count, sender, effects, onProgress, onProblem })
      const rate = done.sent / seconds()
      print(
        `${count} requests, ${done.sent} with those that were sent again, ${rate.toFixed(0)}/s: ${counts(done.statuses)}`,
      )
    }
    if (frames > 0) {
      const seconds = stopwatch()
      const onProgress = every(frames, 'frames', print)
      const done = await frameRuns({ base, gateway, seed, count: frames, onProgress, onProblem })
      print(
        `${done.sent} frames, ${(done.sent / seconds()).toFixed(0)}/s: connections ended ${counts(done.codes)}`,
      )
    }
    for (const found of await soundness(server)) onProblem(found)
  } finally {
    sender.close()
    await effects.close()
  }
  return problems
}

/** Does the server still do what it is for, has it complained, and what does it hold? */
async function soundness({ http, gateway, pid, output }: TestServer): Promise<string[]> {
  const found: string[] = []
  try {
    const person = await newPerson(http, 'survivor')
    const guild = await newGuild(person)
    const client = await GatewayClient.enter(gateway, person.token)
    await client.dispatch('GUILD_CREATE')
    const { id } = await person.expect('POST', `/channels/${guild.general}/messages`, {
      content: 'still here',
    })
    await client.dispatch('MESSAGE_CREATE', (d) => d.id === id)
    await client.close()
  } catch (error) {
    found.push(`the server is not what it was: ${error}`)
  }
  for (const line of output().split('\n'))
    if (/"level":[56]0/.test(line)) found.push(`complained: ${line.slice(0, 1_000)}`)
  const memory = await residentBytes(pid)
  if (memory > MOST_MEMORY_BYTES) found.push(`the server holds ${(memory / 2 ** 20).toFixed(0)} MiB`)
  return found
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
}

function stopwatch(): () => number {
  const started = process.hrtime.bigint()
  return () => Number(process.hrtime.bigint() - started) / 1e9
}

const counts = (of: ReadonlyMap<number | string, number>): string =>
  [...of]
    .sort(([, a], [, b]) => b - a)
    .map(([what, count]) => `${what} ${count}`)
    .join(', ')

/** Prints ten times on the way. */
function every(total: number, what: string, print: (line: string) => void): (done: number) => void {
  let next = total / 10
  return (done) => {
    if (done < next) return
    next = done + total / 10
    if (done < total) print(`${done} of ${total} ${what} …`)
  }
}
