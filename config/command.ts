import { existsSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface Command {
  /** What `--help` prints. */
  readonly help: string
  readonly flags?: readonly string[]
  /** @returns what went wrong, in words for the person at the terminal; none is success */
  run(given: ReadonlySet<string>): Promise<string[]>
}

/**
 * Makes a module a command: runs it when Node was started with that very module, and does nothing when another
 * one imports it. Exits with 0, 1 after problems, or 2 when it was called wrongly.
 */
export async function command(moduleUrl: string, { help, flags = [], run }: Command): Promise<void> {
  const [, started = '', ...given] = process.argv
  // What was started may be named by a link, or be no file at all.
  if (!existsSync(started) || realpathSync(started) !== fileURLToPath(moduleUrl)) return
  if (given.includes('--help')) return console.log(help)
  const unknown = given.filter((argument) => !flags.includes(argument))
  const problems =
    unknown.length > 0 ? [`${unknown.join(' ')} is not known here; see --help`] : await run(new Set(given))
  for (const problem of problems) console.error(problem)
  process.exitCode = unknown.length > 0 ? 2 : problems.length > 0 ? 1 : 0
}
