import { asPosition } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import { isKnownEvent } from '#shared/protocol/events.ts'
import type { Verdict } from './append-decision.ts'

export interface LogRow {
  readonly position: string
  readonly subject: string
  readonly type: string
  readonly schema: number
  readonly facts: string
  readonly d: string
}

export const SELECT = 'select position, subject, type, schema, facts, d from event_log'

/** The rows and the new end in one statement: one commit. */
export const INSERT = `
  with added as (
    insert into event_log (position, subject, type, schema, facts, d, dedupe_id, appended_at)
    select position, subject, type, schema, facts, d, nullif(dedupe_id, ''), $8
    from unnest($1::bigint[], $2::text[], $3::text[], $4::smallint[], $5::text[], $6::text[], $7::text[])
      as event(position, subject, type, schema, facts, d, dedupe_id))
  update event_log_state set last_position = $9`

export function insertValues(accepted: Verdict['accepted'], at: number): unknown[] {
  return [
    accepted.map(({ position }) => position),
    accepted.map(({ event }) => event.subject),
    accepted.map(({ event }) => event.type),
    accepted.map(({ event }) => event.schema),
    accepted.map(({ event }) => JSON.stringify(event.facts)),
    accepted.map(({ event }) => event.d),
    // As JSON: ids contain what people sent, and Postgres' text takes no U+0000.
    accepted.map(({ id }) => (id === undefined ? '' : JSON.stringify(id))),
    new Date(at),
    accepted.at(-1)?.position,
  ]
}

/** @throws on an event of a (type, schema) that this build does not know: skipping it would be a silent hole [LOG-9]. */
export function fromRow(row: LogRow): LogEvent {
  if (!isKnownEvent(row.type, row.schema)) {
    throw new Error(
      `the log holds ${row.type} of schema ${row.schema} at ${row.position}, unknown here: upgrade this process`,
    )
  }
  return {
    position: asPosition(row.position),
    subject: row.subject,
    type: row.type,
    schema: row.schema,
    facts: JSON.parse(row.facts),
    d: row.d,
  } as LogEvent
}
