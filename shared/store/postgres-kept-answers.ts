import { sql } from 'kysely'
import type { Claim, KeptAnswer, KeptAnswers, KeyedRequest } from '#shared/ports/kept-answers.ts'
import type { Db } from './database.ts'

/** Longer than any request takes; for one whose process was killed in the middle. */
const CLAIMED_SECONDS = 20
/** How long an id may be taken over: below the five minutes for which the log knows a message again. */
const TAKEN_OVER_SECONDS = 60

interface Options {
  readonly db: Db
  /** How long an answer is kept, from the first request on. */
  readonly keptMs: number
}

export class PostgresKeptAnswers implements KeptAnswers {
  readonly #options: Options

  constructor(options: Options) {
    this.#options = options
  }

  async claim({ callerId, request, bodyHash, id, takesIds }: KeyedRequest): Promise<Claim> {
    const { db, keptMs } = this.#options
    const claimed_until = sql<Date>`now() + make_interval(secs => ${CLAIMED_SECONDS})`
    const claimed = await db
      .insertInto('kept_answers')
      .values({
        caller_id: callerId,
        request,
        body_hash: bodyHash,
        id,
        claimed_by: id,
        claimed_until,
        expires_at: sql<Date>`now() + make_interval(secs => ${keptMs / 1_000})`,
      })
      .onConflict((on) =>
        on
          .columns(['caller_id', 'request'])
          .doUpdateSet({ claimed_by: id, claimed_until })
          .where('kept_answers.status', 'is', null)
          .where('kept_answers.body_hash', '=', bodyHash)
          .where(sql<boolean>`kept_answers.claimed_until <= now()`)
          .where(
            sql<boolean>`(not ${takesIds} or kept_answers.begun_at > now() - make_interval(secs => ${TAKEN_OVER_SECONDS}))`,
          ),
      )
      .returning('id')
      .executeTakeFirst()
    if (claimed) return { kind: 'claimed', id: claimed.id }
    const row = await db
      .selectFrom('kept_answers')
      .select(['body_hash', 'status', 'answer', sql<boolean>`claimed_until > now()`.as('is_claimed')])
      .where('caller_id', '=', callerId)
      .where('request', '=', request)
      .executeTakeFirst()
    // Refused just now, and forgotten.
    if (!row) return { kind: 'under_way' }
    if (!row.body_hash.equals(bodyHash)) return { kind: 'other_body' }
    if (row.status !== null) return { kind: 'answered', status: row.status, answer: row.answer }
    return { kind: row.is_claimed ? 'under_way' : 'unknown' }
  }

  async keep({ callerId, request, id }: KeyedRequest, answer: KeptAnswer): Promise<void> {
    await this.#options.db
      .updateTable('kept_answers')
      .set({ ...answer })
      .where('caller_id', '=', callerId)
      .where('request', '=', request)
      .where('claimed_by', '=', id)
      .execute()
      .catch(() => {})
  }

  async forget({ callerId, request, id }: KeyedRequest): Promise<void> {
    await this.#options.db
      .deleteFrom('kept_answers')
      .where('caller_id', '=', callerId)
      .where('request', '=', request)
      .where('claimed_by', '=', id)
      .execute()
      .catch(() => {})
  }

  async release({ callerId, request, id }: KeyedRequest): Promise<void> {
    await this.#options.db
      .updateTable('kept_answers')
      .set({ claimed_until: sql<Date>`now()` })
      .where('caller_id', '=', callerId)
      .where('request', '=', request)
      .where('claimed_by', '=', id)
      .execute()
      .catch(() => {})
  }
}

/** Answers that were kept for long enough. */
export async function expireKeptAnswers(db: Db): Promise<void> {
  await db
    .deleteFrom('kept_answers')
    .where('expires_at', '<', (on) => on.fn<Date>('now'))
    .execute()
}
