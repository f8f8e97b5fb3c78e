import { parseArgs } from 'node:util'
import { Cluster } from './cluster.ts'
import { missingStores, ownStores } from './own-stores.ts'

const HELP = `npm run cluster [-- --processes N] [--own]
Starts every service as processes of their own on the stores that the environment names, with a front that shares
requests and connections out: REST on port 3000, the gateway on 3001. Ctrl-C stops them. docs/cluster.md tells
which stores; for development and tests.
  --processes N  of each service (2)
  --port P       of REST (3000); the gateway has the next one
  --own          on a database, keyspace, namespace and indices made for this run`

const { values } = parseArgs({
  options: {
    processes: { type: 'string', default: '2' },
    port: { type: 'string', default: '3000' },
    own: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) console.log(HELP)
else {
  const missing = missingStores(process.env)
  if (missing.length > 0) {
    console.error(`${missing.join(', ')} must be set; see --help`)
    process.exitCode = 1
  } else await run()
}

async function run(): Promise<void> {
  const stores = values.own ? await ownStores(process.env) : undefined
  const cluster = await Cluster.start({
    env: stores?.env ?? process.env,
    processes: Number(values.processes),
    httpPort: Number(values.port),
    gatewayPort: Number(values.port) + 1,
    print: (line) => console.log(line),
  })
  console.log(`
The cluster is ready.

  REST and pages  ${cluster.http}
  gateway         ${cluster.gateway}
  processes       ${cluster.members.map(({ name, child }) => `${name} (${child.pid})`).join(', ')}
`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, async () => {
      await cluster.stop()
      await stores?.drop()
      process.exit()
    })
}
