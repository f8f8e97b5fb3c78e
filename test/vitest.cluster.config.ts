import { mergeConfig } from 'vitest/config'
import base from './vitest.config.ts'

/** The black-box scenarios, which also run against one process. */
const SCENARIOS = [
  'resume',
  'story',
  'people',
  'libraries',
  'libraries-zlib',
  'library-habits',
  'idempotency',
  'search',
  'search-filters',
  'visibility',
  'members',
  'bans',
  'audit-log',
  'overwrites',
  'emojis',
  'gateway-protocol',
  'uploads',
  'file-types',
  'pins',
  'groups',
  'closed-conversations',
  'profiles',
  'password-reset',
  'guild-settings',
  'guilds',
  'forwards',
  'relationships',
  'message-fields',
  'state-and-events',
  'read-states',
  'presences',
  'slow-mode',
  'verification-level',
]

/** They take minutes: restarts in order, kills and restores of stores. */
const BY_HAND = ['test/chaos/rolling.test.ts', 'test/chaos/stores.test.ts', 'test/cluster/restore.test.ts']

/** What runs on two of every service on the real stores that the environment names. */
const config = mergeConfig(base, { test: { testTimeout: 180_000, hookTimeout: 240_000 } })
config.test.include = [
  ...SCENARIOS.map((name) => `test/e2e/${name}.test.ts`),
  'test/{chaos,cluster,matrix}/*.test.ts',
]
config.test.exclude = ['**/node_modules/**', ...(process.env.CI ? BY_HAND : [])]
config.test.globalSetup = 'test/cluster/global-setup.ts'
export default config
