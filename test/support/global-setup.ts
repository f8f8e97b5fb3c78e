import { chmod, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { build } from '#config/build.ts'
import { startEmbeddedPostgres } from '#services/standalone/embedded-postgres.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The run's Postgres server; suites take their own database from it by `createDatabase`. */
    postgresUrl: string
  }
}

const ROOT = path.resolve(import.meta.dirname, '../..')

/** What `npm run build` makes: servers start from it in half of the time that the sources need. */
export async function builtInto(folder: string): Promise<string> {
  const problems = await build(ROOT, folder, () => {})
  if (problems.length > 0) throw new Error(problems.join('\n'))
  await symlink(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'))
  return folder
}

/**
 * Starts one Postgres for the whole run, and makes one build, in a folder of their own. The returned function ends
 * and removes them.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'guildhall-test-'))
  // Started by root, Postgres runs as another account.
  await chmod(folder, 0o711)
  const postgres = await startEmbeddedPostgres({ folder })
  project.provide('postgresUrl', postgres.url)
  process.env.GUILDHALL_BUILD = await builtInto(path.join(folder, 'build'))
  return async () => {
    await postgres.stop()
    await rm(folder, { recursive: true })
  }
}
