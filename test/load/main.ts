import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { fanOut, floorAgainstItself } from './fan-out.ts'
import { idleSessions } from './idle-sessions.ts'
import { machine } from './machine.ts'
import type { Outcome } from './outcome.ts'
import { canPin } from './pin.ts'
import { asMarkdown, asTable } from './report.ts'
import { getMessages, postMessage } from './requests.ts'
import type { BenchOptions, Scenario } from './scenario.ts'
import { connect, reconnect, resume } from './sessions.ts'
import { World } from './world.ts'

const SCENARIOS: readonly Scenario[] = [
  ...[postMessage, getMessages, connect, resume, reconnect],
  ...[fanOut, floorAgainstItself, idleSessions],
]
const PAGE = path.resolve(import.meta.dirname, '../../docs/benchmarks.md')

const HELP = `npm run bench -- SCENARIO … [options]
Starts servers of its own on a temporary data folder, measures them and prints a table. Needs Linux.

Scenarios, or "all" of them:
${SCENARIOS.map(({ name, describe }) => `  ${name.padEnd(16)}${describe}`).join('\n')}

Options:
  --n 100,1000    numbers of sessions to fan out to (100,1000,5000)
  --k 1,8         events in one burst (1,8)
  --rounds 9      rounds, of which the median counts (as many as the scenario needs)
  --quick         one round, short stretches, few operations: to see whether it works
  --profile       a CPU profile of the server for each figure; otherwise for goals that are missed
  --markdown FILE writes the report there too
  --write         writes it to docs/benchmarks.md, for biome to format
  --no-pin        leaves the processes on whatever core they get`

/** A list of positive integers. */
function integers(text: string, option: string): number[] {
  const numbers = text.split(',').map(Number)
  if (numbers.length === 0 || numbers.some((value) => !Number.isInteger(value) || value < 1))
    throw new UsageError(
      `--${option} takes positive integers, such as ${option === 'n' ? '100,1000' : '1,8'}`,
    )
  return numbers
}

class UsageError extends Error {}

interface Order {
  readonly scenarios: readonly Scenario[]
  readonly options: BenchOptions
  readonly files: readonly string[]
  readonly pin: boolean
}

function parse(words: string[]): Order | 'help' {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: {
      help: { type: 'boolean' },
      n: { type: 'string' },
      k: { type: 'string', default: '1,8' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      markdown: { type: 'string' },
      write: { type: 'boolean', default: false },
      'no-pin': { type: 'boolean', default: false },
    },
  })
  if (values.help || positionals.length === 0) return 'help'
  const scenarios = positionals.flatMap((name) => {
    const found = SCENARIOS.filter((scenario) => name === 'all' || scenario.name === name)
    if (found.length === 0) throw new UsageError(`there is no scenario ${name}; see --help`)
    return found
  })
  const given = values.rounds ?? (values.quick ? '1' : undefined)
  const rounds = given === undefined ? undefined : integers(given, 'rounds')[0]
  return {
    scenarios,
    options: {
      sessions: integers(values.n ?? (values.quick ? '10,100' : '100,1000,5000'), 'n').sort((a, b) => a - b),
      bursts: integers(values.k, 'k'),
      ...{ rounds, quick: values.quick, profile: values.profile },
    },
    files: [...(values.markdown ? [values.markdown] : []), ...(values.write ? [PAGE] : [])],
    pin: !values['no-pin'],
  }
}

async function bench({ scenarios, options, files, pin }: Order): Promise<void> {
  const pinned = pin && (await canPin())
  const facts = await machine(pinned)
  const say = (line: string) => console.error(`  ${line}`)
  const outcomes: Outcome[] = []
  const world = await World.open({ pinned })
  const interrupted = () => void world.close().finally(() => process.exit(130))
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  try {
    for (const scenario of scenarios) {
      console.error(scenario.name)
      const outcome = await scenario.run({ world, options, say })
      outcomes.push(outcome)
      console.log(asTable(outcome))
      await world.rest()
    }
  } finally {
    await world.close()
  }
  if ((await machine(pinned)).join() !== facts.join())
    facts.push('the sources changed while this was measured')
  console.log(`\n${facts.join('\n')}`)
  const page = [INTRODUCTION, facts.map((fact) => `- ${fact}`).join('\n'), ...outcomes.map(asMarkdown)]
  for (const file of files) await writeFile(file, `${page.join('\n\n').trimEnd()}\n`)
}

const INTRODUCTION = `# Benchmarks

Made by \`npm run bench -- all --write\`. CPU is the scheduler's time on CPU (\`/proc/…/schedstat\`, nanoseconds), of all
threads of a process, user and system; medians of rounds. On a shared machine figures drift by a fifth from run to run:
only ratios and figures of one run may be compared.`

try {
  const order = parse(process.argv.slice(2))
  if (order === 'help') console.log(HELP)
  else if (process.platform !== 'linux') throw new UsageError('the benchmark reads /proc: it needs Linux')
  else await bench(order)
} catch (error) {
  const { code, message } = error as { code?: string; message: string }
  if (!(error instanceof UsageError) && !code?.startsWith('ERR_PARSE_ARGS')) throw error
  console.error(message)
  process.exitCode = 2
}
