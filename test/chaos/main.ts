import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { missingStores } from '#test/cluster/own-stores.ts'
import { builtInto } from '#test/support/global-setup.ts'
import { chaosRun } from './chaos-run.ts'

const HELP = `node --import ts-blank-space/register test/chaos/main.ts [--minutes N] [--rolling N] [--seed N] [--pause MS]
Faults on two of every service, on stores of their own among those that the environment names, under load; then
everything is healed and looked at from outside. docs/cluster.md tells which stores.
  --minutes N  of kill -9 of gateway, api, relay and indexer in turn (1; 0 with --rolling)
  --rolling N  restarts in order of gateway, api and auth each (0)
  --seed N     of what is done and killed (of the clock)
  --pause MS   between two operations of a person, at most (200)
  --verbose    what the processes print, too`

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    rolling: { type: 'string', default: '0' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    pause: { type: 'string', default: '200' },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) console.log(HELP)
else {
  const missing = missingStores(process.env)
  if (missing.length > 0) {
    console.error(`${missing.join(', ')} must be set; see --help`)
    process.exitCode = 1
  } else {
    // Processes start from it in half of the time that the sources need.
    const build = await mkdtemp(path.join(tmpdir(), 'guildhall-chaos-'))
    process.env.GUILDHALL_BUILD = await builtInto(path.join(build, 'build'))
    const { violations, ...summary } = await chaosRun({
      seed: Number(values.seed),
      killMs: Number(values.minutes ?? (values.rolling === '0' ? '1' : '0')) * 60_000,
      rolling: Number(values.rolling),
      pauseMs: Number(values.pause),
      print: (line) => (values.verbose || !line.startsWith('  ')) && console.log(line),
    }).finally(() => rm(build, { recursive: true }))
    console.log(summary)
    console.log(
      violations.length === 0 ? 'no violation' : `${violations.length} violations:\n${violations.join('\n')}`,
    )
    process.exitCode = violations.length === 0 ? 0 : 1
  }
}
