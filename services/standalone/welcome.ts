import type { Config } from '#config/schema.ts'
import { say } from '#shared/platform/terminal.ts'
import type { RunningServer } from './compose.ts'

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
