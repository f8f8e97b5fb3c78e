import { err, ok, type Result } from '#shared/kernel/result.ts'
import { nearMisses } from './near-miss.ts'
import {
  type Config,
  type ConfigOf,
  isOneProcess,
  isSetting,
  type Profile,
  profileSetting,
  profiles,
  settingsOf,
} from './schema.ts'
import { expectation, parseSetting, type Setting } from './setting.ts'

type Environment = Readonly<Record<string, string | undefined>>

const ALL = (Object.keys(profiles) as Profile[]).flatMap(settingsOf)

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
export function loadConfig(env: Environment): Result<Config, ConfigProblem[]> {
  return load(env, profileOf(env))
}

/** The settings of one service of a cluster. Those of the others may stand in the same environment. */
export function loadServiceConfig<P extends Profile>(
  env: Environment,
  profile: P,
): Result<ConfigOf<P>, ConfigProblem[]> {
  return load(env, profile)
}

function load<P extends Profile>(env: Environment, profile: P): Result<ConfigOf<P>, ConfigProblem[]> {
  const settings = settingsOf(profile)
  const values = new Map(settings.map((setting) => [setting.env, read(setting, env)]))

  const problems = unknownKeys(env, isOneProcess(profile) ? settings : ALL)
  for (const setting of settings) {
    const value = values.get(setting.env)
    if (value === undefined || (value === null && setting.required))
      problems.push({ key: setting.env, problem: `must be ${expectation(setting)}` })
  }
  const port = values.get('GUILDHALL_HTTP_PORT')
  if (Number(port) > 0 && port === values.get('GUILDHALL_GATEWAY_PORT'))
    problems.push({ key: 'GUILDHALL_GATEWAY_PORT', problem: 'must differ from GUILDHALL_HTTP_PORT' })
  if (
    profile === 'auth' &&
    !values.get('SMTP_URL') &&
    !(values.get('SENDPULSE_ID') && values.get('SENDPULSE_SECRET'))
  )
    problems.push({ key: 'SMTP_URL', problem: 'must be set, or SENDPULSE_ID and SENDPULSE_SECRET' })
  if (problems.length > 0) return err(problems)
  return ok({ profile, ...branch(profiles[profile], values) } as ConfigOf<P>)
}

/** The profile asked for, or else the default one, so that the other settings can be looked at too. */
export function profileOf(env: Environment): Config['profile'] {
  return (read(profileSetting, env) ?? profileSetting.default) as Config['profile']
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

function unknownKeys(env: object, settings: readonly Setting[]): ConfigProblem[] {
  const known = settings.map((setting) => setting.env)
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
