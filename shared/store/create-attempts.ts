import type pg from 'pg'
import type { Clock } from '#shared/kernel/clock.ts'

/** Discord's libraries repeat a 5xx up to three times, at once: within this time. */
const KEPT_SECONDS = 60
const RETRY_MS = 1_000

export interface Attempt {
  readonly callerId: string
  readonly route: string
  readonly bodyHash: Buffer
  readonly id: string
}

/**
 * Remembers what a create that ended in 503 had taken, so that an identical repeat takes it over instead of
 * making a second one [OUT-6]. When Postgres is what failed, the note is written as soon as it is back.
 */
export class CreateAttempts {
  readonly #pool: pg.Pool
  readonly #clock: Clock

  constructor(pool: pg.Pool, clock: Clock) {
    this.#pool = pool
    this.#clock = clock
  }

  async remember(attempt: Attempt): Promise<void> {
    const until = this.#clock.now() + KEPT_SECONDS * 1_000
    const write = async (): Promise<void> => {
      try {
        await this.#pool.query(
          `with expired as (delete from create_attempts where expires_at < now())
           insert into create_attempts (caller_id, route, body_hash, id, expires_at)
           values ($1, $2, $3, $4, now() + make_interval(secs => $5))
           on conflict (caller_id, route, body_hash) do update set expires_at = excluded.expires_at`,
          [attempt.callerId, attempt.route, attempt.bodyHash, attempt.id, KEPT_SECONDS],
        )
      } catch {
        if (this.#clock.now() < until) this.#clock.after(RETRY_MS, () => void write())
      }
    }
    await write()
  }
}
