import { columns } from './columns.ts'
import { command } from './command.ts'
import { environment } from './environment.ts'
import { loadConfig, loadServiceConfig, profileOf } from './load.ts'
import { isOneProcess, type Profile, profiles, settingsOf } from './schema.ts'
import { parseSetting, type Setting } from './setting.ts'

const SERVICES = (Object.keys(profiles) as Profile[]).filter((profile) => !isOneProcess(profile))

const HELP = `npm run config:check [-- --SERVICE]
Prints each setting with the value in effect and where it comes from. Secrets stay hidden.
When something is wrong, prints all problems instead and exits with 1.
  --SERVICE  the settings of one service of a cluster: ${SERVICES.join(', ')}`

/** A line for each setting of an environment that has no problems: name, value, origin. */
function effectiveSettings(env: Readonly<Record<string, string | undefined>>, profile: Profile): string[] {
  const rows = settingsOf(profile).map((setting) => {
    const text = env[setting.env]
    return [setting.env, shown(setting, text || setting.default), text ? 'environment' : 'default']
  })
  return columns(rows).map((row) => row.join('  ').trimEnd())
}

function shown(setting: Setting, text: string | null): string {
  if (text === null) return '(unset)'
  return ['path', 'secret', 'connection'].includes(setting.type) ? String(parseSetting(setting, text)) : text
}

await command(import.meta.url, {
  help: HELP,
  flags: SERVICES.map((service) => `--${service}`),
  run: async (given) => {
    const profile = SERVICES.find((service) => given.has(`--${service}`)) ?? profileOf(environment)
    const config = isOneProcess(profile) ? loadConfig(environment) : loadServiceConfig(environment, profile)
    if (!config.ok) return config.error.map(({ key, problem }) => `${key} ${problem}`)
    for (const line of effectiveSettings(environment, profile)) console.log(line)
    return []
  },
})
