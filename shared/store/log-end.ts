import type { EventLog } from '#shared/ports/event-log.ts'
import type { Database } from './database.ts'
import { Projections } from './projections.ts'

/**
 * Positions never repeat: a log that ends before the highest position that anybody saw was restored from an
 * older copy, and everything that remembers positions would go wrong [LOG-8].
 * @throws with the command that mends it
 */
export async function checkLogEnd(database: Database, log: EventLog): Promise<void> {
  const seen = await new Projections(database.pool).position('log')
  const { last } = await log.bounds()
  if (last >= seen) return
  throw new Error(
    `the event log ends at ${last}, but ${seen} was seen before: one of the stores was restored from an older copy. ` +
      'Run "npm run log:epoch" once to begin a new epoch; clients will then identify anew.',
  )
}
