import type { Config } from '#config/schema.ts'
import { systemClock } from '#shared/kernel/clock.ts'
import type { RunningServer } from './compose.ts'

/** What a person at the terminal is told; the structured log goes its own way beside it. */
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

export function fail(reason: string): void {
  say(`guildhall cannot start:\n${reason.replace(/^/gm, '  ')}`)
  process.exitCode = 1
}

const LOOPBACK = /^(127\.|localhost$|::1$)/

export function welcome(config: Config, server: RunningServer): void {
  const { httpUrl, gatewayUrl, sockets } = server
  say(`
Guildhall is ready.

  REST and pages  ${httpUrl}        API: ${httpUrl}/api/v10, documentation: ${httpUrl}/docs
  gateway         ${gatewayUrl}        ${sockets}
  mail            ${httpUrl}/dev/inbox
  data            ${config.dataDir}

Next: register somebody with POST ${httpUrl}/api/v10/auth/register, or follow the five-minute walk in README.md.
Ctrl-C stops the server; the data stays.
`)
  if (!LOOPBACK.test(config.http.host)) {
    say(`Note: other machines can reach ${config.http.host}, and /dev/inbox and /metrics ask for no login.\n`)
  }
}

/** Under npm one Ctrl-C arrives twice: from the terminal, and from npm, which passes it on. */
const ONE_SIGNAL_MS = 1_000

/** Ctrl-C and SIGTERM stop in order; a second one does not wait. */
export function stopOnSignal(server: RunningServer): void {
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
  void server.failed.then((reason) => {
    if (since === undefined) void stop(`${reason}; stopping …`, 1)
  })
}
