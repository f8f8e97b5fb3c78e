import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { builtInto } from '#test/support/global-setup.ts'

const HELP = `npm run fuzz -- [--requests N] [--frames N] [--seed S] [--first N]
Sends a server of its own what the schemas of its routes allow, nearly allow, and not at all; and frames to its gateway.
Each answer must be a success or a documented refusal, in time, and what is refused must leave every table as it was.
  --requests N  (20,000) what must have had no effect is sent once more
  --frames N    (5,000)
  --seed S      of what is sent (of the clock)
  --first N     the number of the seed's first request (0)
What is wrong is told with the seed and the number that send it again.`

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    frames: { type: 'string', default: '5000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    first: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
})
const wrong = (['requests', 'frames', 'seed', 'first'] as const).find((key) => !/^\d{1,9}$/.test(values[key]))

if (values.help) console.log(HELP)
else if (wrong) {
  console.error(`--${wrong} is a whole number, not "${values[wrong]}"; see --help`)
  process.exitCode = 2
} else process.exitCode = (await run()) ? 0 : 1

async function run(): Promise<boolean> {
  const build = await mkdtemp(path.join(tmpdir(), 'guildhall-fuzz-'))
  process.env.GUILDHALL_BUILD = await builtInto(path.join(build, 'build'))
  const { startServer } = await import('#test/support/server.ts')
  const { fuzzRun } = await import('./fuzz-run.ts')
  const server = await startServer({ env: { GUILDHALL_LOG_LEVEL: 'error' } })
  try {
    console.log(`seed ${values.seed}`)
    const problems = await fuzzRun(server, {
      seed: Number(values.seed),
      first: Number(values.first),
      requests: Number(values.requests),
      frames: Number(values.frames),
      print: console.log,
    })
    console.log(problems.length === 0 ? 'nothing wrong' : `${problems.length} wrong`)
    return problems.length === 0
  } finally {
    await server.stop()
    await rm(build, { recursive: true })
  }
}
