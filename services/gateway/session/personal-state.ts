import type { Relationship } from '#shared/domain/user/relationship.ts'
import type { Clock } from '#shared/kernel/clock.ts'
import type { Position } from '#shared/kernel/ids.ts'
import type { UserSettings } from '#shared/protocol/wire/user-settings.ts'
import { readHeads } from '#shared/store/channel-heads.ts'
import type { Database } from '#shared/store/database.ts'
import type { Identity } from '#shared/store/identity-store.ts'
import { Projections } from '#shared/store/projections.ts'
import { type ReadState, readReadStates } from '#shared/store/read-states.ts'
import { readRelationships } from '#shared/store/relationships.ts'
import { readUserSettings } from '#shared/store/user-settings.ts'

/** READY does not wait longer for an indexer that is away: it then counts fewer mentions than there are. */
const CATCH_UP_MS = 2_000
const POLL_MS = 20

/** What READY tells a person that concerns him alone. */
export interface PersonalState {
  readonly settings: UserSettings
  readonly relationships: readonly Relationship[]
  readonly readStates: readonly ReadState[]
  /** The last message of each conversation. */
  readonly heads: ReadonlyMap<string, string>
}

/** With the mentions up to a position: those after it are counted by who hears of them. */
export async function readPersonalState(
  { database, clock }: { readonly database: Database; readonly clock: Clock },
  { user, conversationIds }: Identity,
  asOf: Position,
): Promise<PersonalState> {
  const { db, pool } = database
  const projections = new Projections(pool)
  const behind = async () =>
    (await projections.position('mentions')) < asOf || (await projections.position('channel_heads')) < asOf
  for (let waited = 0; waited < CATCH_UP_MS && (await behind()); waited += POLL_MS) await clock.sleep(POLL_MS)
  return {
    settings: await readUserSettings(db, user.id),
    relationships: await readRelationships(db, user.id),
    readStates: await readReadStates(db, user.id, asOf),
    heads: await readHeads(pool, conversationIds),
  }
}
