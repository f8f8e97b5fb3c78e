import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { SummaryReporter } from './support/summary-reporter.ts'

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['{config,db,examples,services,shared,test}/**/*.test.ts'],
    // Those of a cluster have test/vitest.cluster.config.ts.
    exclude: ['**/node_modules/**', '**/dist/**', '**/fixtures/**', 'test/{chaos,cluster}/**'],
    environment: 'node',
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    expect: { poll: { timeout: 20_000 } },
    globalSetup: 'test/support/global-setup.ts',
    reporters: ['default', new SummaryReporter()],
  },
})
