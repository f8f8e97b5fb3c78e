import { systemClock } from '#shared/kernel/clock.ts'

/** What a person at the terminal is told; the structured log goes its own way beside it. */
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

export function fail(reason: string): void {
  say(`guildhall cannot start:\n${reason.replace(/^/gm, '  ')}`)
  process.exitCode = 1
}

/** Under npm one Ctrl-C arrives twice: from the terminal, and from npm, which passes it on. */
const ONE_SIGNAL_MS = 1_000

/** Ctrl-C and SIGTERM stop in order; a second one does not wait. */
export function stopOnSignal(server: {
  stop(): Promise<void>
  /** Resolves with the reason when the process cannot go on. */
  readonly failed?: Promise<string>
}): void {
  let since: number | undefined
  const stop = async (reason: string, exitCode: number) => {
    const now = systemClock.monotonic()
    if (since !== undefined) {
      if (now - since > ONE_SIGNAL_MS) process.exit(1)
      return
    }
    since = now
    say(reason)
    process.exitCode = exitCode
    await server.stop()
    say('stopped')
    process.exit()
  }
  process.on('SIGINT', () => void stop('stopping …', 0))
  process.on('SIGTERM', () => void stop('stopping …', 0))
  void server.failed?.then((reason) => {
    if (since === undefined) void stop(`${reason}; stopping …`, 1)
  })
}
