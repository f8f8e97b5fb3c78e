import { columns } from './columns.ts'
import { command } from './command.ts'
import { environment } from './environment.ts'
import { loadConfig, profileOf } from './load.ts'
import { settingsOf } from './schema.ts'
import { parseSetting, type Setting } from './setting.ts'

const HELP = `npm run config:check
Prints each setting with the value in effect and where it comes from. Secrets stay hidden.
When something is wrong, prints all problems instead and exits with 1.`

/** A line for each setting of an environment that has no problems: name, value, origin. */
function effectiveSettings(env: Readonly<Record<string, string | undefined>>): string[] {
  const rows = settingsOf(profileOf(env)).map((setting) => {
    const text = env[setting.env]
    return [setting.env, shown(setting, text || setting.default), text ? 'environment' : 'default']
  })
  return columns(rows).map((row) => row.join('  ').trimEnd())
}

function shown(setting: Setting, text: string | null): string {
  if (text === null) return '(unset)'
  return setting.type === 'path' || setting.type === 'secret' ? String(parseSetting(setting, text)) : text
}

await command(import.meta.url, {
  help: HELP,
  run: async () => {
    const config = loadConfig(environment)
    if (!config.ok) return config.error.map(({ key, problem }) => `${key} ${problem}`)
    for (const line of effectiveSettings(environment)) console.log(line)
    return []
  },
})
