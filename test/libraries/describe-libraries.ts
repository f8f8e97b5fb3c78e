import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type startServers as Start, startServers } from './servers.ts'

/** Everything that is told apart: `LIBRARIES=all` asks for both numbers of shards, else one is tried each way. */
const ALL = process.env.LIBRARIES === 'all'
const TIMEOUT_MS = 300_000

/**
 * The scenario with every library. They are loaded when this is called and not before, since some decide then
 * whether they compress.
 */
export async function describeLibraries({ compress }: { compress: boolean }): Promise<void> {
  const libraries = [
    ['@discordjs/core', (await import('./discordjs-core.ts')).discordjsCore, false],
    ['discord.js', (await import('./discord-js.ts')).discordJs, false],
    ['eris', (await import('./eris.ts')).eris, true],
    ['oceanic.js', (await import('./oceanic.ts')).oceanic, false],
  ] as const
  const counts = ALL ? [1, 4] : [compress ? 4 : 1]
  let servers: Awaited<ReturnType<typeof Start>>
  beforeAll(async () => {
    servers = await startServers()
  })
  afterAll(() => servers?.stop())

  describe.each(counts)(`${compress ? 'by zlib-stream' : 'plainly'}, shards: %d`, (shards) => {
    test.concurrent.for(libraries)(
      '[SES-8] %s does all steps, complains of nothing',
      { timeout: TIMEOUT_MS },
      async ([, connects, tls]) => {
        const steps = await servers.run(connects, { compress, shards, tls })
        expect(steps).toBeGreaterThanOrEqual(60)
      },
    )
  })
}
