import pg from 'pg'
import { databaseUrl } from '#test/support/embedded-database.ts'
import { eventually } from '#test/support/eventually.ts'

/** Those that move by themselves, or by what is no change of anything. */
const MOVING = [
  'projections',
  'session_records',
  'create_attempts',
  'slow_mode',
  'profile_changes',
  'message_deletions',
]

/** Jobs that wait for what might still come are not waited for. A deletion that somebody is at ends first. */
const HURRY = `
  update profile_changes set due_at = now() where due_at > now();
  delete from message_deletions where due_at <= now()
    or (not again and channel_id = 0 and due_at <= now() + interval '15 s')`

/** The rows of a running server, to see whether something has changed them. */
export class Effects {
  readonly #client: pg.Client
  #statement = ''

  private constructor(client: pg.Client) {
    this.#client = client
  }

  static async open(dataDir: string): Promise<Effects> {
    const client = new pg.Client({ connectionString: await databaseUrl(dataDir) })
    await client.connect()
    return new Effects(client)
  }

  /** A digest of every table, once what was done before is everywhere. */
  async digests(): Promise<ReadonlyMap<string, string>> {
    await eventually('everything that was done is everywhere', async () => {
      await this.#client.query(HURRY)
      const { rows } = await this.#client.query(
        `select name from projections, event_log_state where name <> 'log' and position < last_position
         union all select 'mail' from mail_queue union all select 'notice' from notices
         union all select 'reset' from reset_requests
         union all select 'profile' from profile_changes
         union all select 'deletion' from message_deletions
         union all select 'outbox' from outbox where position is null`,
      )
      return rows.length === 0
    })
    this.#statement ||= await this.#makeStatement()
    const { rows } = await this.#client.query<{ name: string; sum: string }>(this.#statement)
    return new Map(rows.map(({ name, sum }) => [name, sum]))
  }

  async #makeStatement(): Promise<string> {
    const { rows } = await this.#client.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public' and table_name <> all($1)`,
      [MOVING],
    )
    return rows
      .map(
        ({ name }) =>
          `select '${name}' as name, count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) as sum from ${name} as t`,
      )
      .join(' union all ')
  }

  close(): Promise<void> {
    return this.#client.end()
  }
}

/** The tables that differ. */
export const changed = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] =>
  [...after].filter(([name, sum]) => before.get(name) !== sum).map(([name]) => name)
