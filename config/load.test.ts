import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig, loadServiceConfig } from './load.ts'

test('without settings the defaults hold', () => {
  expect(loadConfig({ PATH: '/usr/bin' })).toEqual({
    ok: true,
    value: {
      profile: 'standalone',
      http: { host: '127.0.0.1', port: 3000, publicUrl: null, trustedProxies: null, origins: null },
      gateway: {
        host: '127.0.0.1',
        port: 3001,
        publicUrl: null,
        heartbeatIntervalMs: 41_250,
        resumeWindowMs: 300_000,
        mostWindowBytes: 134_217_728,
      },
      dataDir: resolve('data'),
      accounts: { emailConfirmation: 'required' },
      images: { mostBytes: 4_194_304 },
      rateLimits: true,
      rates: {
        global: 50,
        buckets: {
          read: 50,
          write: 20,
          messages: 10,
          reactions: 10,
          acks: 20,
          typing: 5,
          search: 10,
          accounts: 30,
          creations: 30,
          logins: 10,
          mails: 5,
        },
        refusals: { most: 10_000, windowMs: 600_000 },
      },
      idempotencyMs: 86_400_000,
      log: { level: 'info', retentionMs: 86_400_000 },
    },
  })
})

test('settings take effect; one set to nothing counts as unset', () => {
  const config = loadConfig({
    GUILDHALL_PROFILE: 'development',
    GUILDHALL_HOST: '::1',
    GUILDHALL_HTTP_PORT: '0',
    GUILDHALL_GATEWAY_PORT: '0',
    GUILDHALL_GATEWAY_URL: 'wss://gateway.example.org/',
    GUILDHALL_PUBLIC_URL: '',
    GUILDHALL_DATA_DIR: '',
    GUILDHALL_EMAIL_CONFIRMATION: 'off',
    GUILDHALL_RATE_LIMITS: 'off',
    GUILDHALL_LOG_RETENTION_HOURS: '1',
  })
  expect(config).toMatchObject({
    ok: true,
    value: {
      profile: 'development',
      http: { host: '::1', port: 0, publicUrl: null },
      gateway: { host: '::1', port: 0, publicUrl: 'wss://gateway.example.org' },
      dataDir: resolve('data'),
      accounts: { emailConfirmation: 'off' },
      rateLimits: false,
      log: { retentionMs: 3_600_000 },
    },
  })
})

test('all problems are told at once, by key and never by value', () => {
  const env = {
    GUILDHALL_PROFILE: 'planted-1',
    GUILDHALL_HOST: 'planted 2',
    GUILDHALL_HTTP_PORT: 'planted-3',
    GUILDHALL_GATEWAY_PORT: 'planted-3',
    GUILDHALL_HEARTBEAT_INTERVAL_MS: '999',
    GUILDHALL_WHATEVER: 'planted-4',
  }
  const config = loadConfig(env)
  const problems = config.ok ? [] : config.error
  expect(problems.map(({ key }) => key).sort()).toEqual(Object.keys(env).sort())
  const text = JSON.stringify(problems)
  for (const value of Object.values(env)) expect(text).not.toContain(value)
})

test.each([
  ['GUILDHALL_HTTPPORT', '; did you mean GUILDHALL_HTTP_PORT?'],
  ['GUILDHALL_RATELIMITS', '; did you mean GUILDHALL_RATE_LIMITS?'],
  ['GUILDHALL_PORT', '; did you mean GUILDHALL_HTTP_PORT or GUILDHALL_GATEWAY_PORT?'],
  ['guildhall_data_dir', '; did you mean GUILDHALL_DATA_DIR?'],
  ['GUILDHALL_COLOR', ''],
])('%s is unknown%s', (key, hint) => {
  expect(loadConfig({ [key]: '1' })).toEqual({
    ok: false,
    error: [{ key, problem: `is no setting${hint}` }],
  })
})

test('two servers cannot have one port', () => {
  expect(loadConfig({ GUILDHALL_HTTP_PORT: '3001' })).toMatchObject({
    ok: false,
    error: [{ key: 'GUILDHALL_GATEWAY_PORT' }],
  })
})

const CLUSTER = {
  GUILDHALL_PUBLIC_URL: 'https://chat.example.org',
  GUILDHALL_GATEWAY_URL: 'wss://gateway.example.org',
  DATABASE_URL: 'postgres://relay:planted@db/guildhall',
  NATS_URLS: 'nats://relay:planted@n1,nats://n2:4223',
}

test('a service takes its own settings, and knows those of the others', () => {
  const config = loadServiceConfig({ ...CLUSTER, GUILDHALL_DATA_DIR: '/x' }, 'relay')
  if (!config.ok) throw new Error(JSON.stringify(config.error))
  expect(config.value).toMatchObject({
    profile: 'relay',
    log: { retentionMs: 86_400_000 },
    nats: { replicas: 1 },
  })
  expect(config.value.nats.urls.reveal()).toBe(CLUSTER.NATS_URLS)
  expect(JSON.stringify(config)).not.toContain('planted')
  expect(loadServiceConfig({ ...CLUSTER, GUILDHALL_WHATEVER: '1' }, 'relay')).toMatchObject({
    error: [{ key: 'GUILDHALL_WHATEVER' }],
  })
})

test('what a service cannot do without has to be set', () => {
  const missing = (env: Record<string, string>, service: 'api' | 'auth' | 'indexer') => {
    const config = loadServiceConfig(env, service)
    return config.ok ? [] : config.error.map(({ key }) => key)
  }
  expect(missing({}, 'indexer')).toEqual([
    'DATABASE_URL',
    'NATS_URLS',
    'CASSANDRA_CONTACT_POINTS',
    'OPENSEARCH_URL',
  ])
  expect(missing(CLUSTER, 'auth')).toEqual(['SMTP_URL'])
  expect(missing({ ...CLUSTER, SMTP_URL: 'smtp://mail' }, 'auth')).toEqual([])
  expect(missing({ ...CLUSTER, SENDPULSE_ID: 'a', SENDPULSE_SECRET: 'b' }, 'auth')).toEqual([])
})
