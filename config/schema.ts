import type { Setting, SettingValue } from './setting.ts'

interface Tree {
  readonly [key: string]: Setting | Tree
}

const host = {
  env: 'GUILDHALL_HOST',
  type: 'host',
  default: '127.0.0.1',
  description: 'The address to listen on; `0.0.0.0` for every IPv4 address of the machine.',
} as const satisfies Setting

/** One process that brings its stores along. */
const oneProcess = {
  http: {
    host,
    port: {
      env: 'GUILDHALL_HTTP_PORT',
      type: 'port',
      default: '3000',
      description: 'The port of REST and the pages; `0` for any that is free.',
    },
    publicUrl: {
      env: 'GUILDHALL_PUBLIC_URL',
      type: 'url',
      schemes: ['http', 'https'],
      default: null,
      description:
        'What links in mails and to attachments begin with, such as `https://chat.example.org`. Unset: made of the request, or of host and port.',
    },
  },
  gateway: {
    host,
    port: {
      env: 'GUILDHALL_GATEWAY_PORT',
      type: 'port',
      default: '3001',
      description: 'The port of the gateway; `0` for any that is free.',
    },
    publicUrl: {
      env: 'GUILDHALL_GATEWAY_URL',
      type: 'url',
      schemes: ['ws', 'wss'],
      default: null,
      description:
        'The URL of the gateway that clients are told, such as `wss://gateway.example.org`. Unset: made of the request, or of host and port.',
    },
    heartbeatIntervalMs: {
      env: 'GUILDHALL_HEARTBEAT_INTERVAL_MS',
      type: 'duration',
      unit: 'ms',
      min: 1_000,
      max: 120_000,
      default: '41250',
      description: 'How often a client of the gateway has to send a heartbeat.',
    },
    resumeWindowMs: {
      env: 'GUILDHALL_RESUME_WINDOW_SECONDS',
      type: 'duration',
      unit: 's',
      min: 10,
      max: 86_400,
      default: '300',
      description: 'How long a session that was cut off can be resumed.',
    },
  },
  dataDir: {
    env: 'GUILDHALL_DATA_DIR',
    type: 'path',
    default: './data',
    description: 'The folder for the database and the files; made when it is missing.',
  },
  accounts: {
    emailConfirmation: {
      env: 'GUILDHALL_EMAIL_CONFIRMATION',
      type: 'enum',
      values: ['required', 'off'],
      default: 'required',
      description: 'Whether a new account has to confirm its address before it can do anything.',
    },
  },
  rateLimits: {
    env: 'GUILDHALL_RATE_LIMITS',
    type: 'switch',
    default: 'on',
    description: 'Whether requests beyond the rate limits are refused.',
  },
  log: {
    level: {
      env: 'GUILDHALL_LOG_LEVEL',
      type: 'enum',
      values: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      default: 'info',
      description: 'The least important lines that the process prints.',
    },
    retentionMs: {
      env: 'GUILDHALL_LOG_RETENTION_HOURS',
      type: 'duration',
      unit: 'h',
      min: 1,
      max: 8_760,
      default: '24',
      description: 'How long events, deleted content among them, stay in the event log.',
    },
  },
} as const satisfies Tree

/** The settings of each profile. */
export const profiles = { standalone: oneProcess, development: oneProcess } as const satisfies Record<
  string,
  Tree
>

export type Profile = keyof typeof profiles

export const profileSetting = {
  env: 'GUILDHALL_PROFILE',
  type: 'enum',
  values: Object.keys(profiles) as Profile[],
  default: 'standalone' satisfies Profile,
  description: 'What the process is run for.',
} as const satisfies Setting

type Values<T> = { readonly [K in keyof T]: T[K] extends Setting ? SettingValue<T[K]> : Values<T[K]> }

/** The parsed settings, tagged by `profile`. The keys are those of the tree; `Ms` stands for milliseconds. */
export type Config = {
  [P in Profile]: { readonly profile: P } & Values<(typeof profiles)[P]>
}[Profile]

export function isSetting(node: Setting | Tree): node is Setting {
  return typeof node.env === 'string'
}

/** The settings of a profile, each once, the profile's own first. */
export function settingsOf(profile: Profile): Setting[] {
  const leaves = (node: Setting | Tree): Setting[] =>
    isSetting(node) ? [node] : Object.values(node).flatMap(leaves)
  return [...new Set([profileSetting, ...leaves(profiles[profile])])]
}
