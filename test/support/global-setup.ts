import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '#services/standalone/embedded-postgres.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The run's Postgres server; suites take their own database from it by `createDatabase`. */
    postgresUrl: string
  }
}

/** Starts one Postgres for the whole run, in a folder of its own. The returned function ends and removes it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'guildhall-test-'))
  // Started by root, Postgres runs as another account.
  await chmod(folder, 0o711)
  const postgres = await startEmbeddedPostgres({ folder })
  project.provide('postgresUrl', postgres.url)
  return async () => {
    await postgres.stop()
    await rm(folder, { recursive: true })
  }
}
