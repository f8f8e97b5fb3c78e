import { environment } from '#config/environment.ts'
import { loadConfig } from '#config/load.ts'
import { compose } from './compose.ts'
import { fail, say, stopOnSignal, welcome } from './terminal.ts'

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
