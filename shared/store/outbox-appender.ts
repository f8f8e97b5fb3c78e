import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import { asPosition, type Position, START } from '#shared/kernel/ids.ts'
import { KeyedQueue } from '#shared/kernel/keyed-queue.ts'
import { err, ok, type Result } from '#shared/kernel/result.ts'
import type { EventLog, LogEvent } from '#shared/ports/event-log.ts'
import type { NewEvent } from '#shared/protocol/events.ts'
import { type Aggregate, relationalSubject } from '#shared/protocol/subjects.ts'
import type { Db } from './database.ts'
import { BEGIN_EPOCH } from './log-end.ts'

/** The events are committed and will be appended, but were not within the deadline: answer 503. */
export type NotAppended = { readonly code: 'not_appended'; readonly cause: unknown }

interface Pending {
  readonly version: number
  /** ms. Part of the dedupe id: a database restored from an older copy gives the same versions to other events. */
  readonly createdAt: number
  readonly event: NewEvent
}

const REFUSALS_IN_A_ROW = 10

/**
 * Appends the outbox rows of aggregates to the log, each guarded by the position of the one before [OUT-2]. Whoever
 * committed calls it; any number may do so at once, in any number of processes: the guards decide, nobody waits
 * for a lease.
 */
export class OutboxAppender {
  readonly #db: Db
  readonly #log: EventLog
  readonly #queue = new KeyedQueue()
  /** How often the log was not reached until the deadline. */
  #lost = 0

  constructor(db: Db, log: EventLog) {
    this.#db = db
    this.#log = log
  }

  /** What an event may have that this is to append. */
  get mostEventBytes(): number {
    return this.#log.mostEventBytes
  }

  /** Resolves when every row that the aggregate had at the time of the call is in the log. */
  append(aggregate: Aggregate): Promise<Result<void, NotAppended>> {
    const lost = this.#lost
    return this.#queue.run(`${aggregate.kind}:${aggregate.id}`, async () =>
      // Who has waited for a deadline of the log is not made to wait for another one.
      this.#lost > lost
        ? err({ code: 'not_appended', cause: 'the log cannot be reached' })
        : this.#append(aggregate),
    )
  }

  /** Aggregates with rows that have waited for longer than `ageMs`: what a crash left. */
  async waiting(ageMs: number, limit: number): Promise<Aggregate[]> {
    const rows = await this.#db
      .selectFrom('outbox')
      .select(['aggregate_kind', 'aggregate_id'])
      .distinct()
      .where('position', 'is', null)
      .where('created_at', '<', sql<Date>`now() - make_interval(secs => ${ageMs / 1_000})`)
      .limit(limit)
      .execute()
    return rows.map((row) => ({ kind: row.aggregate_kind, id: row.aggregate_id }) as Aggregate)
  }

  async #append(aggregate: Aggregate): Promise<Result<void, NotAppended>> {
    const pending = await this.#pending(aggregate)
    if (pending.length === 0) return ok(undefined)
    const marks: { version: number; position: Position }[] = []
    let previous = await this.#markBefore(aggregate, (pending[0] as Pending).version)
    let refusals = 0
    for (let index = 0; index < pending.length; ) {
      const { version, createdAt, event } = pending[index] as Pending
      const id = `v:${aggregate.kind}:${aggregate.id}:${version}:${createdAt}`
      const appended = await this.#log.append(event, { id, expectedLast: previous })
      if (appended.ok) {
        previous = appended.value.position
        marks.push({ version, position: previous })
        index++
        continue
      }
      if (appended.error.code !== 'wrong_last' || ++refusals > REFUSALS_IN_A_ROW) {
        if (appended.error.code !== 'wrong_last') this.#lost++
        await this.#mark(aggregate, marks)
        return err({ code: 'not_appended', cause: appended.error })
      }
      const there = await this.#alreadyThere(event.subject, version)
      const foreign = there.found.find((link) => differs(link.event, pending))
      if (foreign) {
        await this.#mark(aggregate, marks)
        return err({ code: 'not_appended', cause: newerThanPostgres(foreign.position) })
      }
      previous = there.last
      marks.push(...there.found)
      const reached = there.found.at(-1)?.version ?? version - 1
      while (index < pending.length && (pending[index] as Pending).version <= reached) index++
    }
    await this.#mark(aggregate, marks)
    return ok(undefined)
  }

  /** After a refusal: what the log's leader has of this chain from `version` on, and its last position. */
  async #alreadyThere(
    subject: string,
    version: number,
  ): Promise<{ last: Position; found: { version: number; position: Position; event: LogEvent }[] }> {
    const last = await this.#log.last(subject)
    if (!last) return { last: START, found: [] }
    const lastVersion = versionOf(last)
    if (lastVersion < version) return { last: last.position, found: [] }
    const found: { version: number; position: Position; event: LogEvent }[] = []
    const { first } = await this.#log.bounds()
    for (let after = asPosition(first - 1); ; ) {
      const events = await this.#log.read({ after, limit: 500, subject })
      const links = events.map((event) => ({ version: versionOf(event), position: event.position, event }))
      found.push(...links.filter((link) => link.version >= version))
      if (events.length < 500) break
      after = (events.at(-1) as LogEvent).position
    }
    return { last: last.position, found }
  }

  async #pending(aggregate: Aggregate): Promise<Pending[]> {
    const rows = await this.#db
      .selectFrom('outbox')
      .select(['version', 'created_at', 'type', 'schema', 'facts', 'd'])
      .where('aggregate_kind', '=', aggregate.kind)
      .where('aggregate_id', '=', aggregate.id)
      .where('position', 'is', null)
      .orderBy('version')
      .execute()
    const subject = relationalSubject(aggregate)
    return rows.map((row) => ({
      version: Number(row.version),
      createdAt: new Date(row.created_at).getTime(),
      event: {
        subject,
        type: row.type,
        schema: row.schema,
        facts: JSON.parse(row.facts),
        d: row.d,
      } as NewEvent,
    }))
  }

  /** The link before, however late this is asked: others may have come further meanwhile. */
  async #markBefore(aggregate: Aggregate, version: number): Promise<Position> {
    const row = await this.#db
      .selectFrom('outbox')
      .select('position')
      .where('aggregate_kind', '=', aggregate.kind)
      .where('aggregate_id', '=', aggregate.id)
      .where('version', '<', String(version))
      .where('position', 'is not', null)
      .orderBy('version', 'desc')
      .limit(1)
      .executeTakeFirst()
    return row?.position ? asPosition(row.position) : START
  }

  async #mark(
    aggregate: Aggregate,
    marks: readonly { version: number; position: Position }[],
  ): Promise<void> {
    if (marks.length === 0) return
    await sql`
      update outbox set position = mark.position
      from unnest(${marks.map((mark) => mark.version)}::bigint[], ${marks.map((mark) => mark.position)}::bigint[])
        as mark(version, position)
      where aggregate_kind = ${aggregate.kind} and aggregate_id = ${aggregate.id}
        and outbox.version = mark.version and outbox.position is null`.execute(this.#db)
  }
}

/** The log has another event in the place of a row: it knows a history that this database does not. */
function differs(event: LogEvent, pending: readonly Pending[]): boolean {
  const row = pending.find(({ version }) => version === versionOf(event))?.event
  return (
    row !== undefined &&
    !(row.type === event.type && row.d === event.d && isDeepStrictEqual(row.facts, event.facts))
  )
}

const newerThanPostgres = (position: Position): Error =>
  new Error(
    `the event log has a change at ${position} that the database does not know: ` +
      `the database was restored from an older copy. ${BEGIN_EPOCH}`,
  )

function versionOf(event: LogEvent): number {
  if (!('version' in event.facts))
    throw new Error(`${event.type} at ${event.position} is not a relational event`)
  return event.facts.version
}
