import type { Clock } from '#shared/kernel/clock.ts'
import type { Position } from '#shared/kernel/ids.ts'
import type { Database } from '#shared/store/database.ts'
import { type PersonalState, type Places, readPersonalState } from '#shared/store/personal-state.ts'

/** READY does not wait longer for an indexer that is away: it then counts fewer mentions than there are. */
const CATCH_UP_MS = 2_000
const FIRST_PAUSE_MS = 20

/** With the mentions up to a position: those after it are counted by who hears of them. */
export async function personalStateAt(
  { database, clock }: { readonly database: Database; readonly clock: Clock },
  userId: string,
  places: Places,
  asOf: Position,
): Promise<PersonalState> {
  let waited = 0
  for (;;) {
    const state = await readPersonalState(database.pool, userId, places, asOf)
    if (state.isComplete || waited >= CATCH_UP_MS) return state
    // As long again as until now: Postgres may be what the indexer waits for.
    const pause = Math.min(Math.max(FIRST_PAUSE_MS, waited), CATCH_UP_MS - waited)
    await clock.sleep(pause)
    waited += pause
  }
}
