import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { builtInto } from '#test/support/global-setup.ts'
import { SERVER_NAMES, type ServerName } from './own-servers.ts'
import { storeFaultsRun } from './store-faults-run.ts'

const HELP = `STACK=FOLDER node --import ts-blank-space/register test/chaos/stores-main.ts [NAME…] [--seed N] [--verbose]
kill -9 of stores under load, one after another: what works while each is down, how soon everything works again, and
whether what was acknowledged is there. The stores named (all: ${SERVER_NAMES.join(', ')}) are started for the run
from the stack of real servers in FOLDER; the environment names the others.`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help || !process.env.STACK) console.log(HELP)
else {
  const build = await mkdtemp(path.join(tmpdir(), 'guildhall-chaos-'))
  process.env.GUILDHALL_BUILD = await builtInto(path.join(build, 'build'))
  const { problems } = await storeFaultsRun({
    stores: positionals.length > 0 ? (positionals as ServerName[]) : SERVER_NAMES,
    seed: Number(values.seed),
    print: (line) => (values.verbose || !line.startsWith('  ')) && console.log(line),
  }).finally(() => rm(build, { recursive: true }))
  console.log(problems.length === 0 ? 'no problem' : `${problems.length} problems:\n${problems.join('\n')}`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
