import { problemIn } from '#test/support/rest-probe.ts'
import { Chance } from './chance.ts'
import { changed, type Effects } from './effects.ts'
import { newFuzzWorld } from './fuzz-world.ts'
import { problemInRaw, rawRequest } from './raw-http.ts'
import { type FuzzRequest, makeRequest } from './request-maker.ts'
import { type Sender, sendBytes } from './send.ts'

const AT_ONCE = 12
const BATCH = 250
const RAW_SHARE = 0.01
/** What was refused may go well later: others have changed something meanwhile. */
const ROUNDS = 4
/** What comes from a job, and not from a request, does not come twice. */
const CONFIRMED = 2

interface Options {
  readonly base: string
  readonly seed: number
  readonly first: number
  readonly count: number
  readonly sender: Sender
  readonly effects: Effects
  /** Called after each batch, with the number of requests that have been made of the seed. */
  readonly onProgress: (done: number) => void
  /** What should not have been so, in words with how to see it again. */
  readonly onProblem: (problem: string) => void
}

/** Sends requests batch by batch. */
export async function requestBatches(
  options: Options,
): Promise<{ sent: number; statuses: Map<number, number> }> {
  const { base, seed, first, count, sender, effects, onProgress, onProblem } = options
  const statuses = new Map<number, number>()
  const raw: Promise<string[]>[] = []
  let sent = 0
  let world = await newFuzzWorld(base)

  const ask = async (request: FuzzRequest): Promise<boolean> => {
    sent++
    try {
      const exchange = await sender.send(request)
      statuses.set(exchange.status, (statuses.get(exchange.status) ?? 0) + 1)
      const hasBody = request.method !== 'HEAD'
      const problem = hasBody || exchange.status >= 500 ? problemIn(exchange) : undefined
      if (problem) onProblem(told(seed, request, problem))
      return exchange.status >= 400 && !['GET', 'HEAD', 'OPTIONS'].includes(request.method)
    } catch (error) {
      onProblem(told(seed, request, String(error)))
      return false
    }
  }

  /** Sends all; @returns those that might have had an effect, and must have had none */
  const askAll = async (requests: readonly FuzzRequest[]): Promise<FuzzRequest[]> => {
    const without: FuzzRequest[] = []
    const waiting = requests.values()
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (const request of waiting) if (await ask(request)) without.push(request)
      }),
    )
    return without.sort((a, b) => a.index - b.index)
  }

  for (let at = first; at < first + count; at += BATCH) {
    if (!(await world.isAlive())) world = await newFuzzWorld(base)
    const until = Math.min(at + BATCH, first + count)
    const requests = Array.from({ length: until - at }, (_, n) => makeRequest(seed, at + n, world))
    let without = await askAll(requests)
    for (let round = 0; round < ROUNDS; round++) {
      const before = await effects.digests()
      const again = await askAll(without)
      if (again.length === without.length) {
        const tables = changed(before, await effects.digests())
        if (tables.length > 0)
          for (const found of await culprits(seed, again, tables, ask, effects)) onProblem(found)
        break
      }
      without = again
    }
    raw.push(rawBatch(base, seed, at, until))
    onProgress(until - first)
  }
  for (const found of (await Promise.all(raw)).flat()) onProblem(found)
  return { sent, statuses }
}

/** Which of the requests it was that changed something. */
async function culprits(
  seed: number,
  requests: readonly FuzzRequest[],
  tables: readonly string[],
  ask: (request: FuzzRequest) => Promise<boolean>,
  effects: Effects,
): Promise<string[]> {
  const found: string[] = []
  for (const request of requests) {
    let times = 0
    while (times < CONFIRMED) {
      const before = await effects.digests()
      await ask(request)
      const now = changed(before, await effects.digests())
      if (now.length === 0) break
      times++
    }
    if (times === CONFIRMED) found.push(told(seed, request, `had an effect on ${tables.join()}`))
  }
  if (found.length > 0) return found
  const { index } = requests[0] as FuzzRequest
  return [`after refusals alone, other rows in ${tables.join()}; ${again(seed, index, BATCH)}`]
}

async function rawBatch(base: string, seed: number, from: number, until: number): Promise<string[]> {
  const found: string[] = []
  const one = async (index: number) => {
    const chance = new Chance(seed, 2, index)
    if (!chance.is(RAW_SHARE)) return
    const bytes = rawRequest(chance)
    const problem = await sendBytes(base, bytes).then(problemInRaw, String)
    const shown = JSON.stringify(bytes.toString('latin1').slice(0, 300))
    if (problem) found.push(`${problem}\n  ${shown}\n  ${again(seed, index)}`)
  }
  await Promise.all(Array.from({ length: until - from }, (_, n) => one(from + n)))
  return found
}

function told(seed: number, request: FuzzRequest, problem: string): string {
  const { method, path, headers, body, caller, index } = request
  const shown = { ...headers, ...(headers.authorization ? { authorization: `(${caller})` } : {}) }
  return [
    `${method} ${path.slice(0, 300)} by ${caller}: ${problem}`,
    `  headers ${JSON.stringify(shown).slice(0, 500)}`,
    `  body ${JSON.stringify(body?.toString('latin1').slice(0, 700))}`,
    `  ${again(seed, index)}`,
  ].join('\n')
}

const again = (seed: number, index: number, count = 1): string =>
  `again: npm run fuzz -- --seed ${seed} --first ${index} --requests ${count} --frames 0`
