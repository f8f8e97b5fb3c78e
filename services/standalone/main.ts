import { environment } from '#config/environment.ts'
import { loadConfig } from '#config/load.ts'
import { fail, say, stopOnSignal } from '#shared/platform/terminal.ts'
import { compose } from './compose.ts'
import { welcome } from './welcome.ts'

const config = loadConfig(environment)
if (!config.ok) fail(config.error.map(({ key, problem }) => `${key} ${problem}`).join('\n'))
else {
  const server = await compose(config.value, say)
  if (!server.ok) fail(server.error)
  else {
    welcome(config.value, server.value)
    stopOnSignal(server.value)
  }
}
