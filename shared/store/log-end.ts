import { asPosition, type Position } from '#shared/kernel/ids.ts'
import type { EventLog } from '#shared/ports/event-log.ts'
import type { Database } from './database.ts'
import { PROJECTIONS, Projections } from './projections.ts'

/** Far more than any log grows between two copies of it. */
const EPOCH = 2 ** 40

/** What mends stores that are of different moments. */
export const BEGIN_EPOCH =
  'Stop every service and run "npm run log:epoch" once, or "npm run log:epoch:cluster" for a cluster, to begin a ' +
  'new epoch; clients will then identify anew.'

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
      BEGIN_EPOCH,
  )
}

/**
 * Begins a new epoch: the log goes on at a multiple of 2^40 beyond every position that was ever seen, and what
 * the projections have not applied by now is lost to them.
 * @returns the next position
 */
export async function beginEpoch(database: Database, log: EventLog): Promise<Position> {
  const projections = new Projections(database.pool)
  const seen = await projections.position('log')
  const { last } = await log.bounds()
  const next = asPosition((Math.floor(Math.max(seen, last) / EPOCH) + 1) * EPOCH)
  await log.jump(next)
  for (const name of PROJECTIONS) await projections.confirm(name, asPosition(next - 1))
  return next
}
