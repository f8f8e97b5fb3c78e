import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import type { StartedTestContainer } from 'testcontainers'
import { missingStores } from '../cluster/own-stores.ts'
import { RECIPES } from './containers.ts'

const HELP = `npm run test:stack [-- --no-docker]
Runs the contract suites of the cluster's stores, and the black-box scenarios on a cluster of two of every service, on
the servers that the environment names (DATABASE_URL, NATS_URLS, CASSANDRA_CONTACT_POINTS, OPENSEARCH_URL, S3_BUCKET
with its keys, SMTP_URL with MAIL_API_URL). What it does not name is started in containers where a Docker engine
answers, and otherwise skipped.
  --no-docker  start nothing`

const SUITES = ['test/contract', 'db', 'shared/adapters', 'shared/platform/http']

const { values } = parseArgs({
  options: { 'no-docker': { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
})

if (values.help) console.log(HELP)
else process.exitCode = (await run()) ? 0 : 1

async function run(): Promise<boolean> {
  const containers: StartedTestContainer[] = []
  try {
    const env = { ...process.env }
    if (!values['no-docker']) Object.assign(env, await startMissing(containers))
    const contracts = await vitest('test/vitest.config.ts', SUITES, env)
    const missing = missingStores(env)
    if (missing.length > 0) {
      console.log(`skipped: the scenarios on a cluster, since ${missing.join(', ')} is not set`)
      return contracts
    }
    const scenarios = await vitest('test/vitest.cluster.config.ts', [], env)
    return contracts && scenarios
  } finally {
    for (const container of containers) await container.stop()
  }
}

async function startMissing(containers: StartedTestContainer[]): Promise<Record<string, string>> {
  const due = RECIPES.filter(({ key }) => !process.env[key])
  const env: Record<string, string> = {}
  if (due.length === 0) return env
  if (!(await dockerAnswers())) {
    console.log(`no Docker engine answers: ${due.map(({ key }) => key).join(', ')} stays unset`)
    return env
  }
  for (const { name, start } of due) {
    console.log(`starting ${name} in a container …`)
    const started = await start()
    containers.push(started.container)
    Object.assign(env, started.env)
  }
  return env
}

async function dockerAnswers(): Promise<boolean> {
  const docker = spawn('docker', ['version'], { stdio: 'ignore' })
  const [code] = await once(docker, 'exit').catch(() => [1])
  return code === 0
}

async function vitest(config: string, paths: string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  const program = 'node_modules/vitest/vitest.mjs'
  const run = spawn(process.execPath, [program, 'run', '--config', config, ...paths], {
    env,
    stdio: 'inherit',
  })
  const [code] = await once(run, 'exit')
  return code === 0
}
