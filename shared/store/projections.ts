import type pg from 'pg'
import { asPosition, type Position, START } from '#shared/kernel/ids.ts'

/** Consumers of the log that keep how far they have applied it. 'log' is the highest position anybody saw. */
export type ProjectionName = 'timeline' | 'search' | 'channel_heads' | 'log'

export class Projections {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async position(name: ProjectionName): Promise<Position> {
    const { rows } = await this.#pool.query<{ position: string }>({
      name: 'projection-position',
      text: 'select position from projections where name = $1',
      values: [name],
    })
    return rows[0] ? asPosition(rows[0].position) : START
  }

  /** Moves forward only: several may apply the same projection at once. */
  async confirm(name: ProjectionName, position: Position): Promise<void> {
    await this.#pool.query({
      name: 'projection-confirm',
      text: `insert into projections (name, position) values ($1, $2)
             on conflict (name) do update set position = greatest(projections.position, excluded.position)`,
      values: [name, position],
    })
  }

  /** What had been applied is gone: everything that the log has is applied again. */
  async startOver(name: ProjectionName): Promise<void> {
    await this.#pool.query('delete from projections where name = $1', [name])
  }
}
