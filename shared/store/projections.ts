import type pg from 'pg'
import { asPosition, type Position, START } from '#shared/kernel/ids.ts'

/** Consumers of the log that keep how far they have applied it. */
export const PROJECTIONS = ['timeline', 'search', 'channel_heads', 'mentions', 'audit_log'] as const
export type ProjectionName = (typeof PROJECTIONS)[number]
/** 'log' is the highest position anybody saw, 'purged' that up to which the log may be gone. */
type MarkName = ProjectionName | 'log' | 'purged'

export class Projections {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async position(name: MarkName): Promise<Position> {
    const { rows } = await this.#pool.query<{ position: string }>({
      name: 'projection-position',
      text: 'select position from projections where name = $1',
      values: [name],
    })
    return rows[0] ? asPosition(rows[0].position) : START
  }

  /**
   * Moves forward only: several may apply the same projection at once.
   * @param from what was applied follows this position
   * @returns false: it was set back behind that meanwhile, and nothing is confirmed
   */
  async confirm(name: MarkName, position: Position, from: Position = START): Promise<boolean> {
    const { rowCount } = await this.#pool.query({
      name: 'projection-confirm',
      text: `insert into projections (name, position) values ($1, $2)
             on conflict (name) do update set position = greatest(projections.position, excluded.position)
             where projections.position >= $3`,
      values: [name, position, from],
    })
    return rowCount !== 0
  }

  /** What had been applied is gone: everything that the log has is applied again. @returns whether there was anything */
  async startOver(name: ProjectionName): Promise<boolean> {
    const { rowCount } = await this.#pool.query('update projections set position = 0 where name = $1', [name])
    return rowCount !== 0
  }
}
