import { register } from 'node:module'
import { parseArgs } from 'node:util'
import { SABOTAGES, type Sabotage } from './sabotage/sabotages.ts'
import type { Outcome } from './world/world.ts'

const HELP = `npm run sim -- [--seeds N] [--seed S] [--trace] [--sabotage NAME|all]
Runs the product's processes in simulated worlds, one per seed, and checks the rules of shared/protocol/SPEC.md.
  --seeds N         how many worlds (1,000; 1 with --seed)
  --seed S          the first seed (1; for a fault that has one, first the seed that is known to find it)
  --trace           prints everything that happens
  --sabotage NAME   plants a fault and ends at the first seed that finds it; all: one after another
  --list            the names of the faults
A seed replays exactly: its digest is the hash of the trace.`

const OPTIONS = {
  seeds: { type: 'string' },
  seed: { type: 'string' },
  trace: { type: 'boolean', default: false },
  sabotage: { type: 'string' },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

const { values } = read()
const first = number('seed') ?? 1
const count = number('seeds') ?? (values.seed === undefined || values.sabotage ? 1_000 : 1)

if (values.help) console.log(HELP)
else if (values.list) for (const { name } of SABOTAGES) console.log(name)
else if (values.sabotage) process.exitCode = (await findAll(values.sabotage)) ? 0 : 1
else process.exitCode = (await sound()) ? 0 : 1

/** Runs worlds of the product as it is. */
async function sound(): Promise<boolean> {
  const started = process.hrtime.bigint()
  const { runWorld } = await import('./world/world.ts')
  const total = { violations: 0, operations: 0, events: 0, sessions: 0, resumed: 0 }
  for (let seed = first; seed < first + count; seed++) {
    const outcome = await runWorld(seed, values.trace ? console.log : undefined)
    if (outcome.violation) {
      total.violations++
      console.log(`seed ${seed} (${outcome.digest}): ${outcome.violation}`)
    } else if (count === 1) console.log(`seed ${seed} (${outcome.digest}): sound`)
    for (const key of ['operations', 'events', 'sessions', 'resumed'] as const) total[key] += outcome[key]
    if (count > 1 && (seed - first + 1) % 100 === 0) console.log(`${seed - first + 1} of ${count} …`)
  }
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  console.log(
    `${count} worlds in ${seconds.toFixed(0)} s: ${total.operations} operations, ${total.events} events, ` +
      `${total.sessions} sessions, ${total.resumed} resumed; ${total.violations} with violations`,
  )
  return total.violations === 0
}

/** Plants faults and looks for the first seed that finds each. */
async function findAll(name: string): Promise<boolean> {
  register('./sabotage/hooks.ts', import.meta.url)
  const wanted = SABOTAGES.filter((sabotage) => name === 'all' || sabotage.name === name)
  if (wanted.length === 0) wrong(`there is no fault "${name}"; --list names them`)
  let found = true
  for (const sabotage of wanted) {
    const { runWorld } = (await import(`./world/world.ts?sabotage=${SABOTAGES.indexOf(sabotage)}`)) as {
      runWorld(seed: number): Promise<Outcome>
    }
    let outcome: Outcome | undefined
    for (const seed of seedsFor(sabotage)) {
      outcome = await runWorld(seed)
      if (outcome.violation) break
    }
    if (!outcome?.violation) found = false
    console.log(
      `${sabotage.name}: ${outcome?.violation ? `seed ${outcome.seed}: ${outcome.violation.split('\n')[0]?.slice(0, 160)}` : 'NOT FOUND'}`,
    )
  }
  return found
}

function* seedsFor({ seed }: Sabotage): Generator<number> {
  if (seed !== undefined && values.seed === undefined) yield seed
  for (let next = first; next < first + count; next++) yield next
}

/** Exits with 2 and a word on it when the options make no sense. */
function read() {
  try {
    return parseArgs({ options: OPTIONS })
  } catch (error) {
    return wrong((error as Error).message)
  }
}

function number(option: 'seed' | 'seeds'): number | undefined {
  const text = values[option]
  if (text === undefined) return undefined
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : wrong(`--${option} is a whole number, not "${text}"`)
}

function wrong(what: string): never {
  console.error(`${what}; see --help`)
  process.exit(2)
}
