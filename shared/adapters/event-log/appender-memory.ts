import type pg from 'pg'
import { asPosition, type Position, START } from '#shared/kernel/ids.ts'
import type { AppendOptions } from '#shared/ports/event-log.ts'
import type { NewEvent } from '#shared/protocol/events.ts'
import type { Verdict } from './append-decision.ts'

const DEDUPE_WINDOW_MS = 5 * 60_000
const SUBJECTS_CACHED = 200_000

/** What the one appender knows without asking: subjects' last positions and the ids of the last five minutes. */
export class AppenderMemory {
  readonly #lastOfSubject = new Map<string, Position>()
  readonly #dedupe = new Map<string, { readonly position: Position; readonly at: number }>()

  /** 0: none. Only for subjects of requests that were prepared. */
  lastOf(subject: string): Position {
    return this.#lastOfSubject.get(subject) ?? START
  }

  /** The first position of an id within its window. */
  known(id: string): Position | undefined {
    return this.#dedupe.get(id)?.position
  }

  /** Learns the subjects that guards of these requests ask for, and forgets ids whose window is over. */
  async prepare(
    writer: pg.Client,
    requests: readonly { readonly events: readonly NewEvent[]; readonly options: AppendOptions }[],
    now: number,
  ): Promise<void> {
    for (const [id, { at }] of this.#dedupe) {
      if (at > now - DEDUPE_WINDOW_MS) break
      this.#dedupe.delete(id)
    }
    if (this.#lastOfSubject.size > SUBJECTS_CACHED) this.#lastOfSubject.clear()
    const unknown = new Set<string>()
    for (const { events, options } of requests) {
      const subject = (events[0] as NewEvent).subject
      if (options.expectedLast !== undefined && !this.#lastOfSubject.has(subject)) unknown.add(subject)
    }
    if (unknown.size === 0) return
    const { rows } = await writer.query<{ subject: string; last: string | null }>({
      name: 'log-last-of-subjects',
      text: `select subject, (select max(position) from event_log where event_log.subject = wanted.subject) as last
             from unnest($1::text[]) as wanted(subject)`,
      values: [[...unknown]],
    })
    for (const { subject, last } of rows) this.#lastOfSubject.set(subject, asPosition(last ?? 0))
  }

  /** These events are committed. */
  note(accepted: Verdict['accepted'], at: number): void {
    for (const { event, position, id } of accepted) {
      this.#lastOfSubject.set(event.subject, position)
      if (id !== undefined) this.#dedupe.set(id, { position, at })
    }
  }

  /** After a purge a subject may have no event left. */
  forgetSubjects(): void {
    this.#lastOfSubject.clear()
  }

  /** Begins anew from what is stored. */
  async load(writer: pg.Client, now: number): Promise<void> {
    this.#lastOfSubject.clear()
    this.#dedupe.clear()
    const { rows } = await writer.query<{ dedupe_id: string; position: string; appended_at: Date }>(
      `select dedupe_id, position, appended_at from event_log
       where dedupe_id is not null and appended_at > $1 order by position`,
      [new Date(now - DEDUPE_WINDOW_MS)],
    )
    for (const row of rows) {
      const at = row.appended_at.getTime()
      this.#dedupe.set(JSON.parse(row.dedupe_id), { position: asPosition(row.position), at })
    }
  }
}
