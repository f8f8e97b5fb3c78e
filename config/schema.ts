import { rates } from './rates.ts'
import type { Setting, SettingValue } from './setting.ts'
import { cql, mail, nats, natsPasswords, openSearch, postgres, s3 } from './stores.ts'

interface Tree {
  readonly [key: string]: Setting | Tree
}

const host = {
  env: 'GUILDHALL_HOST',
  type: 'host',
  default: '127.0.0.1',
  description: 'The address to listen on; `0.0.0.0` for every IPv4 address of the machine.',
} as const satisfies Setting

const httpPort = {
  env: 'GUILDHALL_HTTP_PORT',
  type: 'port',
  default: '3000',
  description: 'The port of REST, health, metrics and the pages; `0` for any that is free.',
} as const satisfies Setting

const trustedProxies = {
  env: 'GUILDHALL_TRUSTED_PROXIES',
  type: 'networks',
  default: null,
  description:
    'Who may say by `X-Forwarded-For` for whom he asks, so that callers without a token have rate limits of their own: the proxies in front.',
} as const satisfies Setting

const origins = {
  env: 'GUILDHALL_ORIGINS',
  type: 'origins',
  default: null,
  description:
    'Origins of the pages whose scripts may read answers, such as `https://chat.example.org`; several apart by commas. Unset: all, which gives nothing away, as there are no cookies.',
} as const satisfies Setting

const publicUrl = {
  env: 'GUILDHALL_PUBLIC_URL',
  type: 'url',
  schemes: ['http', 'https'],
  default: null,
  description:
    'What links in mails and to attachments begin with, such as `https://chat.example.org`. Unset, in one process: made of host and port.',
} as const satisfies Setting

const gatewayUrl = {
  env: 'GUILDHALL_GATEWAY_URL',
  type: 'url',
  schemes: ['ws', 'wss'],
  default: null,
  description:
    'The URL of the gateway that clients are told, such as `wss://gateway.example.org`. Unset, in one process: made of the request, or of host and port.',
} as const satisfies Setting

const gatewayPort = {
  env: 'GUILDHALL_GATEWAY_PORT',
  type: 'port',
  default: '3001',
  description: 'The port of the gateway; `0` for any that is free.',
} as const satisfies Setting

const heartbeatIntervalMs = {
  env: 'GUILDHALL_HEARTBEAT_INTERVAL_MS',
  type: 'duration',
  unit: 'ms',
  min: 1_000,
  max: 120_000,
  default: '41250',
  description: 'How often a client of the gateway has to send a heartbeat.',
} as const satisfies Setting

const resumeWindowMs = {
  env: 'GUILDHALL_RESUME_WINDOW_SECONDS',
  type: 'duration',
  unit: 's',
  min: 10,
  max: 86_400,
  default: '300',
  description: 'How long a session that was cut off can be resumed.',
} as const satisfies Setting

const mostWindowBytes = {
  env: 'GUILDHALL_GATEWAY_WINDOW_MAX_BYTES',
  type: 'integer',
  min: 1_048_576,
  max: 17_179_869_184,
  default: '134217728',
  description:
    'How much of the newest events, as text, the gateway keeps in memory, from which sessions are resumed; what is older is read from the log.',
} as const satisfies Setting

const emailConfirmation = {
  env: 'GUILDHALL_EMAIL_CONFIRMATION',
  type: 'enum',
  values: ['required', 'off'],
  default: 'required',
  description: 'Whether a new account has to confirm its address before it can do anything.',
} as const satisfies Setting

const rateLimits = {
  env: 'GUILDHALL_RATE_LIMITS',
  type: 'switch',
  default: 'on',
  description:
    'Whether requests beyond the rate limits are refused, and who is refused too often is shut out.',
} as const satisfies Setting

const idempotencyMs = {
  env: 'GUILDHALL_IDEMPOTENCY_HOURS',
  type: 'duration',
  unit: 'h',
  min: 1,
  max: 168,
  default: '24',
  description: 'How long the answer to a request with an `Idempotency-Key` is kept, to be given again.',
} as const satisfies Setting

const logLevel = {
  env: 'GUILDHALL_LOG_LEVEL',
  type: 'enum',
  values: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
  default: 'info',
  description: 'The least important lines that the process prints.',
} as const satisfies Setting

const retentionMs = {
  env: 'GUILDHALL_LOG_RETENTION_HOURS',
  type: 'duration',
  unit: 'h',
  min: 1,
  max: 8_760,
  default: '24',
  description: 'How long events, deleted content among them, stay in the event log.',
} as const satisfies Setting

const images = {
  mostBytes: {
    env: 'GUILDHALL_IMAGE_MAX_BYTES',
    type: 'integer',
    min: 1_024,
    max: 10_485_760,
    default: '4194304',
    description: 'The largest avatar, banner or icon that is taken.',
  },
} as const

/** One process that brings its stores along. */
const oneProcess = {
  http: { host, port: httpPort, publicUrl, trustedProxies, origins },
  gateway: {
    host,
    port: gatewayPort,
    publicUrl: gatewayUrl,
    heartbeatIntervalMs,
    resumeWindowMs,
    mostWindowBytes,
  },
  dataDir: {
    env: 'GUILDHALL_DATA_DIR',
    type: 'path',
    default: './data',
    description: 'The folder for the database and the files; made when it is missing.',
  },
  accounts: { emailConfirmation },
  images,
  rateLimits,
  rates,
  idempotencyMs,
  log: { level: logLevel, retentionMs },
} as const satisfies Tree

const http = { host, port: httpPort }
const publicHttp = { ...http, publicUrl: { ...publicUrl, required: true }, trustedProxies, origins } as const
const log = { level: logLevel }

const optional = <S extends Setting & { required: true }>({ required: _, ...setting }: S) => setting

/** The settings of each profile: a process that does everything, or one service of a cluster. */
export const profiles = {
  standalone: oneProcess,
  development: oneProcess,
  api: {
    http: publicHttp,
    gateway: { publicUrl: { ...gatewayUrl, required: true } },
    images,
    rateLimits,
    rates,
    idempotencyMs,
    log,
    postgres,
    nats,
    cql,
    openSearch,
    s3,
  },
  auth: {
    http: publicHttp,
    accounts: { emailConfirmation },
    rateLimits,
    rates,
    log,
    postgres,
    nats,
    mail,
  },
  gateway: {
    http,
    gateway: {
      host,
      port: gatewayPort,
      publicUrl: { ...gatewayUrl, required: true },
      heartbeatIntervalMs,
      resumeWindowMs,
      mostWindowBytes,
    },
    log,
    postgres,
    nats,
  },
  indexer: { http, log, postgres, nats, cql, openSearch },
  relay: { http, log: { level: logLevel, retentionMs }, postgres, nats },
  /** What makes and changes the schemas of all stores, or of those that it is told of. */
  migrate: {
    gateway: { resumeWindowMs },
    postgres,
    nats: { ...nats, urls: optional(nats.urls) },
    cql: { ...cql, contactPoints: optional(cql.contactPoints) },
    openSearch: { ...openSearch, url: optional(openSearch.url) },
  },
  /** What makes the users of NATS. */
  'nats-users': {
    nats: { urls: optional(nats.urls), namespace: nats.namespace },
    passwords: natsPasswords,
  },
} as const satisfies Record<string, Tree>

export type Profile = keyof typeof profiles

const ONE_PROCESS = ['standalone', 'development'] as const satisfies Profile[]

/** Which of the profiles that do everything; a service's is given by what was started. */
export const profileSetting = {
  env: 'GUILDHALL_PROFILE',
  type: 'enum',
  values: ONE_PROCESS,
  default: 'standalone',
  description: 'What the process is run for.',
} as const satisfies Setting

type Values<T> = { readonly [K in keyof T]: T[K] extends Setting ? SettingValue<T[K]> : Values<T[K]> }

/** The parsed settings, tagged by `profile`. The keys are those of the tree; `Ms` stands for milliseconds. */
export type ConfigOf<P extends Profile> = {
  [Q in P]: { readonly profile: Q } & Values<(typeof profiles)[Q]>
}[P]

/** The settings of a process that does everything. */
export type Config = ConfigOf<(typeof ONE_PROCESS)[number]>

export function isSetting(node: Setting | Tree): node is Setting {
  return typeof node.env === 'string'
}

export const isOneProcess = (profile: Profile): boolean =>
  (ONE_PROCESS as readonly Profile[]).includes(profile)

/** The settings of a profile, each once, the profile's own first. */
export function settingsOf(profile: Profile): Setting[] {
  const leaves = (node: Setting | Tree): Setting[] =>
    isSetting(node) ? [node] : Object.values(node).flatMap(leaves)
  return [...new Set([...(isOneProcess(profile) ? [profileSetting] : []), ...leaves(profiles[profile])])]
}
