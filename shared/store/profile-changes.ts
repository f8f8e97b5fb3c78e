import { type Selectable, sql } from 'kysely'
import type { ProfileChanges as Rows } from '#db/generated-types.ts'
import type { Db, Tx } from './database.ts'

/** Who works at a job says so after each guild; when he has died, another one takes it. */
const LEASE_SECONDS = 10
/** After it, whoever was joining with what he was before has joined. */
const AGAIN_SECONDS = 15
/** How long before the change a request can have read what it joins with, and how exact its clock is. */
const JOINING = { before: 60, after: 5 }

export type ProfileChange = Selectable<Rows>

/** In the transaction that changes a user: his guilds are to be told. One job a user, that of the last change. */
export async function noteProfileChange(tx: Tx, job: { id: string; userId: string }): Promise<void> {
  const now = sql<Date>`now()`
  await tx
    .insertInto('profile_changes')
    .values({ user_id: job.userId, id: job.id })
    .onConflict((on) =>
      on
        .column('user_id')
        .doUpdateSet({ id: job.id, changed_at: now, again: true, guild_id: '0', due_at: now }),
    )
    .execute()
}

/** The jobs as those who do them see them. A lease only saves double work: a guild that is told twice has no harm. */
export class ProfileChanges {
  readonly #db: Db

  constructor(db: Db) {
    this.#db = db
  }

  /** A job that is due and that nobody is at; it is this caller's for a while. */
  async take(): Promise<ProfileChange | undefined> {
    const due = await this.#db
      .selectFrom('profile_changes')
      .select('user_id')
      .where('due_at', '<=', (on) => on.fn<Date>('now'))
      .orderBy('due_at')
      .limit(10)
      .execute()
    for (const { user_id } of due) {
      const taken = await this.#db
        .updateTable('profile_changes')
        .set({ due_at: later(LEASE_SECONDS) })
        .where('user_id', '=', user_id)
        .where('due_at', '<=', (on) => on.fn<Date>('now'))
        .returningAll()
        .executeTakeFirst()
      if (taken) return taken
    }
    return undefined
  }

  /** The guilds that are still to be told, in id order. */
  async guildIds({ user_id, guild_id, again, changed_at }: ProfileChange): Promise<string[]> {
    let guilds = this.#db
      .selectFrom('members')
      .select('guild_id')
      .where('user_id', '=', user_id)
      .where('guild_id', '>', guild_id)
      .orderBy('guild_id')
    if (!again) {
      guilds = guilds
        .where('joined_at', '>', new Date(changed_at.getTime() - JOINING.before * 1_000))
        .where('joined_at', '<', new Date(changed_at.getTime() + JOINING.after * 1_000))
    }
    return (await guilds.execute()).map((row) => row.guild_id)
  }

  /** A guild has been told. @returns false: the user has changed again meanwhile, which is another job */
  async progress({ user_id, id }: ProfileChange, guildId: string): Promise<boolean> {
    const row = await this.#db
      .updateTable('profile_changes')
      .set({ guild_id: guildId, due_at: later(LEASE_SECONDS) })
      .where('user_id', '=', user_id)
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst()
    return row !== undefined
  }

  /** The last guild has been told: the first time it is gone through once more, then the job is done. */
  async finish({ user_id, id, again }: ProfileChange): Promise<void> {
    if (!again) {
      await this.#db
        .deleteFrom('profile_changes')
        .where('user_id', '=', user_id)
        .where('id', '=', id)
        .execute()
      return
    }
    await this.#db
      .updateTable('profile_changes')
      .set({ again: false, guild_id: '0', due_at: later(AGAIN_SECONDS) })
      .where('user_id', '=', user_id)
      .where('id', '=', id)
      .execute()
  }
}

const later = (seconds: number) => sql<Date>`now() + make_interval(secs => ${seconds})`
