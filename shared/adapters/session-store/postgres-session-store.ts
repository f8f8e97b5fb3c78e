import type pg from 'pg'
import type { Clock } from '#shared/kernel/clock.ts'
import { asPosition } from '#shared/kernel/ids.ts'
import type { Cursor, SessionRecord, SessionStore } from '#shared/ports/session-store.ts'
import type { PresenceUpdate } from '#shared/protocol/presence-update.ts'

interface Row {
  readonly record: string
  readonly presence: string | null
  readonly s: string
  readonly position: string
}

const EXPIRE_EVERY_MS = 60_000

/** Session records in a Postgres table. */
export class PostgresSessionStore implements SessionStore {
  readonly #pool: pg.Pool
  readonly #clock: Clock
  readonly #resumeWindowMs: number
  #expiredAt = Number.NEGATIVE_INFINITY

  constructor(pool: pg.Pool, clock: Clock, resumeWindowMs: number) {
    this.#pool = pool
    this.#clock = clock
    this.#resumeWindowMs = resumeWindowMs
  }

  async create(record: SessionRecord, cursor: Cursor): Promise<void> {
    await this.#pool.query({
      name: 'session-create',
      text: `insert into session_records (session_id, user_id, record, s, position, touched_at)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (session_id) do update set user_id = excluded.user_id, record = excluded.record,
               s = excluded.s, position = excluded.position, touched_at = excluded.touched_at, presence = null`,
      values: [
        record.session_id,
        record.user_id,
        JSON.stringify(record),
        cursor.s,
        cursor.position,
        this.#now(),
      ],
    })
    await this.#expire()
  }

  /** Rows that nobody may read any more, once in a while. */
  async #expire(): Promise<void> {
    const now = this.#clock.monotonic()
    if (now - this.#expiredAt < EXPIRE_EVERY_MS) return
    this.#expiredAt = now
    await this.#pool.query('delete from session_records where touched_at < $1', [this.#oldest()])
  }

  async read(sessionId: string): Promise<{ record: SessionRecord; cursor: Cursor } | undefined> {
    const { rows } = await this.#pool.query<Row>({
      name: 'session-read',
      text: 'select record, presence, s, position from session_records where session_id = $1 and touched_at >= $2',
      values: [sessionId, this.#oldest()],
    })
    const row = rows[0]
    return (
      row && {
        record: {
          ...JSON.parse(row.record),
          ...(row.presence !== null && { presence: JSON.parse(row.presence) }),
        },
        cursor: { s: Number(row.s), position: asPosition(row.position) },
      }
    )
  }

  async move(moves: readonly { session_id: string; cursor: Cursor }[]): Promise<void> {
    if (moves.length === 0) return
    await this.#pool.query({
      name: 'session-move',
      // One that has expired is unknown, though its row may still be there.
      text: `update session_records as kept set touched_at = $4,
               s = greatest(kept.s, moved.s), position = greatest(kept.position, moved.position)
             from (select session_id, max(s) as s, max(position) as position
                   from unnest($1::text[], $2::bigint[], $3::bigint[]) as move(session_id, s, position)
                   group by session_id) as moved
             where kept.session_id = moved.session_id and kept.touched_at >= $5`,
      values: [
        moves.map((move) => move.session_id),
        moves.map((move) => move.cursor.s),
        moves.map((move) => move.cursor.position),
        this.#now(),
        this.#oldest(),
      ],
    })
  }

  async keepPresence(sessionId: string, presence: PresenceUpdate): Promise<void> {
    await this.#pool.query(
      'update session_records set presence = $2 where session_id = $1 and touched_at >= $3',
      [sessionId, JSON.stringify(presence), this.#oldest()],
    )
  }

  async remove(sessionId: string): Promise<void> {
    await this.#pool.query('delete from session_records where session_id = $1', [sessionId])
  }

  async hasAny(userId: string): Promise<boolean> {
    const { rowCount } = await this.#pool.query(
      'select from session_records where user_id = $1 and touched_at >= $2 limit 1',
      [userId, this.#oldest()],
    )
    return rowCount === 1
  }

  async removeOfUser(userId: string): Promise<void> {
    await this.#pool.query('delete from session_records where user_id = $1', [userId])
  }

  #now(): Date {
    return new Date(this.#clock.now())
  }

  #oldest(): Date {
    return new Date(this.#clock.now() - this.#resumeWindowMs)
  }
}
