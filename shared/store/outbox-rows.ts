import { bytesOf, type EventType, SCHEMAS } from '#shared/protocol/events.ts'
import type { Aggregate } from '#shared/protocol/subjects.ts'
import type { Tx } from './database.ts'
import { type EventTooLarge, Refused } from './decided.ts'

/** A relational event before it has a version. */
export interface Change<C> {
  readonly type: EventType
  readonly changes: readonly C[]
  /** The dispatch's wire payload; null: the gateway makes what follows from the changes. */
  readonly d: unknown
  readonly userId?: string
  readonly channelId?: string
}

/**
 * One link of an aggregate's chain, written in the transaction that makes the change. One of more than `mostBytes` is
 * refused there with EventTooLarge.
 */
export async function insertOutboxRow<C>(
  tx: Tx,
  aggregate: Aggregate,
  version: number,
  event: Change<C>,
  undo: readonly C[],
  memberId: string | null,
  mostBytes: number,
): Promise<void> {
  const facts = JSON.stringify({
    version,
    changes: event.changes,
    ...(event.userId === undefined ? {} : { user_id: event.userId }),
    ...(event.channelId === undefined ? {} : { channel_id: event.channelId }),
  })
  const d = event.d === null ? '' : JSON.stringify(event.d)
  if (bytesOf(facts, d) > mostBytes) throw new Refused({ code: 'event_too_large' } satisfies EventTooLarge)
  await tx
    .insertInto('outbox')
    .values({
      aggregate_kind: aggregate.kind,
      aggregate_id: aggregate.id,
      version: String(version),
      type: event.type,
      schema: SCHEMAS[event.type],
      facts,
      d,
      undo: JSON.stringify(undo),
      member_id: memberId,
    })
    .execute()
}
