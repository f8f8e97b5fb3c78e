import { type Kysely, sql } from 'kysely'
import type { DB } from '#db/generated-types.ts'
import type { Clock } from '#shared/kernel/clock.ts'
import type { Db } from './database.ts'

/**
 * Discord's libraries repeat a 5xx up to three times, at once: within this time. The statement that reads notes
 * (`request-facts.ts`) takes only those that end within it.
 */
const KEPT_SECONDS = 60
/**
 * How long whoever asks for the same wants a second one: until then a note, which ends later by that much, counts for
 * nobody unless its create ended badly. What takes longer is taken over by a repeat even when whoever made it was
 * killed, or could not reach Postgres any more to say that it ended badly.
 */
const UNDER_WAY_SECONDS = 6
const RETRY_MS = 1_000
/** Together with the log's deadline below the 15 s after which libraries give a request up. */
const WAIT_MS = 2_500

export interface Attempt {
  readonly callerId: string
  readonly route: string
  readonly bodyHash: Buffer
  readonly id: string
}

/**
 * Remembers which id a create took, so that an identical repeat of one that ended in 503, or in no answer, takes
 * it over instead of making a second one [OUT-6].
 */
export class CreateAttempts {
  readonly #db: Db
  readonly #clock: Clock

  constructor(db: Db, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  /**
   * In the transaction that creates: the note is there exactly if the thing is. Somebody who asks for the same at
   * the same time wants a second one, so it counts when the create has ended badly (`remember`), or has not ended.
   */
  noteIn(tx: Kysely<DB>, attempt: Attempt): Promise<void> {
    return this.#note(tx, attempt, KEPT_SECONDS + UNDER_WAY_SECONDS)
  }

  async #note(tx: Kysely<DB>, attempt: Attempt, seconds: number): Promise<void> {
    const expires_at = sql<Date>`now() + make_interval(secs => ${seconds})`
    await tx
      .insertInto('create_attempts')
      .values({
        caller_id: attempt.callerId,
        route: attempt.route,
        body_hash: attempt.bodyHash,
        id: attempt.id,
        expires_at,
      })
      .onConflict((on) =>
        on.columns(['caller_id', 'route', 'body_hash']).doUpdateSet({ id: attempt.id, expires_at }),
      )
      .execute()
  }

  /** The create succeeded: whoever asks for the same again wants a second one. */
  async forget({ callerId, route, bodyHash, id }: Attempt): Promise<void> {
    await this.#db
      .deleteFrom('create_attempts')
      .where('caller_id', '=', callerId)
      .where('route', '=', route)
      .where('body_hash', '=', bodyHash)
      .where('id', '=', id)
      .execute()
      .catch(() => {}) // it ends by itself within a minute
  }

  /**
   * Before a create is answered 503: from now on its note counts. While Postgres is away the answer waits for a
   * while; then the note is written as soon as it is back.
   */
  async remember(attempt: Attempt): Promise<void> {
    const until = this.#clock.monotonic() + KEPT_SECONDS * 1_000
    const written = (async () => {
      for (let pause = 20; this.#clock.monotonic() < until; pause = Math.min(pause * 2, RETRY_MS)) {
        const done = await this.#note(this.#db, attempt, KEPT_SECONDS).then(
          () => true,
          () => false,
        )
        if (done) return
        await this.#clock.sleep(pause)
      }
    })()
    await Promise.race([written, this.#clock.sleep(WAIT_MS)])
  }
}

/** Notes that are over. */
export async function expireAttempts(db: Db): Promise<void> {
  await db
    .deleteFrom('create_attempts')
    .where('expires_at', '<', (on) => on.fn<Date>('now'))
    .execute()
}
