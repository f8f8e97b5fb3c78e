import type { Position } from '#shared/kernel/ids.ts'
import type { Cursor, SessionRecord } from '#shared/ports/session-store.ts'
import type { Scheduler } from '../engine/scheduler.ts'
import type { SessionObserver } from '../ports/sessions.ts'
import type { SimulatedPostgres } from '../postgres/simulated-postgres.ts'
import type { GatewayClient, Transcript } from './client.ts'
import { Violation } from './violation.ts'

/** What the stores were told and when, for the checks; some of it is wrong at once. */
export class Witness implements SessionObserver {
  readonly clients: GatewayClient[] = []
  /** Where each session's record began. */
  readonly bases = new Map<string, Cursor>()
  /** When each version of each guild was committed. */
  readonly commits = new Map<string, { version: number; at: number }[]>()
  readonly #records = new Map<string, Cursor & { readonly at: number }>()
  readonly #scheduler: Scheduler

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  created(record: SessionRecord, cursor: Cursor): void {
    this.bases.set(record.session_id, cursor)
    this.#records.set(record.session_id, { ...cursor, at: this.#scheduler.now })
  }

  removed(sessionId: string): void {
    this.#records.delete(sessionId)
  }

  /** When each version was committed, as the server saw it. */
  ran(what: string, postgres: SimulatedPostgres): void {
    if (what !== 'commit') return
    const rows = postgres.rows('outbox')
    for (const { aggregate_kind, aggregate_id, version } of rows) {
      if (aggregate_kind !== 'guild') continue
      const commits = this.commits.get(String(aggregate_id)) ?? []
      this.commits.set(String(aggregate_id), commits)
      if (Number(version) > (commits.at(-1)?.version ?? 0))
        commits.push({ version: Number(version), at: this.#scheduler.now })
    }
  }

  moved(sessionId: string, cursor: Cursor): void {
    this.#records.set(sessionId, { ...cursor, at: this.#scheduler.now })
    const transcript = this.clients
      .flatMap((client) => client.transcripts)
      .find((candidate) => candidate.sessionId === sessionId)
    if (transcript && cursor.s > transcript.acknowledged)
      throw new Violation(
        'RES-2',
        `the record of ${sessionId} is at ${cursor.s}, its client at ${transcript.acknowledged}`,
      )
  }

  /** Op 9 is only for sessions that cannot be continued. */
  refused(transcript: Transcript, first: Position): void {
    const record = this.#records.get(transcript.sessionId)
    // One that was made, or moved, after the client asked was not what the gateway read.
    if (!record || record.at >= transcript.resumingSince) return
    // Of what was on its way when the record was made, it may have got less.
    if ((transcript.durable.at(-1)?.s ?? 0) < record.s) return
    if (record.position >= first - 1)
      throw new Violation(
        'RES-3',
        `${transcript.sessionId} could have been resumed from ${record.s}@${record.position}`,
      )
  }
}
