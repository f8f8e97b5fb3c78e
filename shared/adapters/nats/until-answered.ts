import { errors } from '@nats-io/transport-node'
import type { Clock } from '#shared/kernel/clock.ts'
import { LostStore } from '#shared/kernel/lost-store.ts'
import { JetStreamApiError } from './jetstream-api.ts'

/** Above the longest stall of a leader's election, below the libraries' 15 s [OUT-5]. */
export const DEADLINE_MS = 12_000
const PAUSE_MS = 100

/** Asks again while no leader answers. Only for what may be done twice. @throws {LostStore} when none does until the deadline */
export async function untilAnswered<T>(clock: Clock, ask: () => Promise<T>): Promise<T> {
  const since = clock.monotonic()
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!isPassing(error)) throw error
      if (clock.monotonic() - since > DEADLINE_MS)
        throw new LostStore('NATS does not answer', { cause: error })
      await clock.sleep(PAUSE_MS)
    }
  }
}

/** Does the server not let this user ask? */
export const isForbidden = (error: unknown): boolean =>
  error instanceof errors.RequestError && error.cause instanceof errors.PermissionViolationError

/** Is this how an election, a restart or a lost connection looks? */
const isPassing = (error: unknown): boolean =>
  error instanceof errors.TimeoutError ||
  (error instanceof errors.RequestError && !isForbidden(error)) ||
  (error instanceof JetStreamApiError && error.status === 503)
