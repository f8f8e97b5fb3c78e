import { errors } from '@nats-io/transport-node'
import type { Clock } from '#shared/kernel/clock.ts'
import { JetStreamApiError } from './jetstream-api.ts'

/** Above the longest stall of a leader's election, below the libraries' 15 s [OUT-5]. */
export const DEADLINE_MS = 12_000
const PAUSE_MS = 100

/** Asks again while no leader answers. Only for what may be done twice. */
export async function untilAnswered<T>(clock: Clock, ask: () => Promise<T>): Promise<T> {
  const since = clock.monotonic()
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!isPassing(error) || clock.monotonic() - since > DEADLINE_MS) throw error
      await clock.sleep(PAUSE_MS)
    }
  }
}

/** Is this how an election, a restart or a lost connection looks? */
const isPassing = (error: unknown): boolean =>
  error instanceof errors.TimeoutError ||
  error instanceof errors.RequestError ||
  (error instanceof JetStreamApiError && error.status === 503)
