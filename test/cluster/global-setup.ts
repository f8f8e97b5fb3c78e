import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { builtInto } from '#test/support/global-setup.ts'
import { addressOf, startClusterServer } from './cluster-server.ts'
import { missingStores } from './own-stores.ts'

/** One build and one cluster for the whole run, for all suites that need none of their own. The returned function removes both. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const missing = missingStores(process.env)
  if (missing.length > 0) throw new Error(`${missing.join(', ')} must be set; docs/cluster.md tells how`)
  const folder = await mkdtemp(path.join(tmpdir(), 'guildhall-cluster-'))
  process.env.GUILDHALL_BUILD = await builtInto(path.join(folder, 'build'))
  project.provide('postgresUrl', process.env.DATABASE_URL as string)
  const server = await startClusterServer({})
  process.env.TEST_CLUSTER = addressOf(server)
  return async () => {
    await server.stop()
    await rm(folder, { recursive: true })
  }
}
