import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Keeps a process with all of its threads on one core, so that it does not take time from the other side. */
export async function pin(pid: number, core: number): Promise<void> {
  await promisify(execFile)('taskset', ['-acp', String(core), String(pid)])
}

export const canPin = (): Promise<boolean> =>
  promisify(execFile)('taskset', ['--version']).then(
    () => true,
    () => false,
  )
