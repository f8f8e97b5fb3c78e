import { PostgresTimelineStore } from '#shared/adapters/timeline-store/postgres-timeline-store.ts'
import type { Server } from '#test/sim/engine/link.ts'
import { SimulatedTimeline } from '#test/sim/ports/timeline.ts'
import { openPostgresStore } from './postgres-store.ts'
import { timelineStoreContract } from './timeline-store.contract.ts'

timelineStoreContract('Postgres table', async () => {
  const { pool, close } = await openPostgresStore()
  return { timeline: new PostgresTimelineStore(pool), close }
})

// The simulator's stands for the real ones: it keeps their promises, or what it shows would mean nothing.
timelineStoreContract('simulated', async () => {
  const atOnce = { call: async <T>(_process: unknown, _what: string, run: () => T) => run() }
  const timeline = new SimulatedTimeline(atOnce as unknown as Server).port(undefined as never)
  return { timeline, close: async () => {} }
})
