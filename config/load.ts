import { err, ok, type Result } from '#shared/kernel/result.ts'
import { nearMisses } from './near-miss.ts'
import { type Config, isSetting, type Profile, profileSetting, profiles, settingsOf } from './schema.ts'
import { expectation, parseSetting, type Setting } from './setting.ts'

/** What is wrong with a key of the environment. The text never holds the value, which may be a secret. */
export interface ConfigProblem {
  readonly key: string
  readonly problem: string
}

/**
 * Reads the settings from an environment. A variable that is set to nothing counts as unset. A name that begins
 * with GUILDHALL_ and is no setting of the profile is a problem, since what it was meant for has no effect.
 *
 * @returns all problems at once
 */
export function loadConfig(
  env: Readonly<Record<string, string | undefined>>,
): Result<Config, ConfigProblem[]> {
  const profile = profileOf(env)
  const settings = settingsOf(profile)
  const values = new Map(settings.map((setting) => [setting.env, read(setting, env)]))
  const config = { profile, ...branch(profiles[profile], values) } as Config

  const problems = unknownKeys(env, settings)
  for (const setting of settings)
    if (values.get(setting.env) === undefined)
      problems.push({ key: setting.env, problem: `must be ${expectation(setting)}` })
  if (config.http.port > 0 && config.http.port === config.gateway.port)
    problems.push({ key: 'GUILDHALL_GATEWAY_PORT', problem: 'must differ from GUILDHALL_HTTP_PORT' })
  return problems.length > 0 ? err(problems) : ok(config)
}

/** The profile asked for, or else the default one, so that the other settings can be looked at too. */
export function profileOf(env: Readonly<Record<string, string | undefined>>): Profile {
  return (read(profileSetting, env) ?? profileSetting.default) as Profile
}

/** @returns undefined when the text is not what the setting takes */
function read(setting: Setting, env: Readonly<Record<string, string | undefined>>): unknown {
  const text = env[setting.env] || setting.default
  return text === null ? null : parseSetting(setting, text)
}

function branch(tree: object, values: Map<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(tree).map(([key, node]) => [
      key,
      isSetting(node) ? values.get(node.env) : branch(node, values),
    ]),
  )
}

function unknownKeys(env: object, settings: Setting[]): ConfigProblem[] {
  const known: string[] = settings.map((setting) => setting.env)
  return Object.keys(env)
    .filter((key) => key.toUpperCase().startsWith('GUILDHALL_') && !known.includes(key))
    .map((key) => {
      const near = nearMisses(key, known)
      return {
        key,
        problem: `is no setting${near.length > 0 ? `; did you mean ${near.join(' or ')}?` : ''}`,
      }
    })
}
