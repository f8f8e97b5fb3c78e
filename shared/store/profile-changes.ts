import { type Selectable, sql } from 'kysely'
import type { ProfileChanges as Rows } from '#db/generated-types.ts'
import type { Db, Tx } from './database.ts'

/** Who works at a job says so after each that he has told; when he has died, another one takes it. */
const LEASE_SECONDS = 10
/** After it, whoever was joining with what he was before has joined. */
const AGAIN_SECONDS = 15
/** How long before the change a request can have read what it joins with, and how exact its clock is. */
const JOINING = { before: 60, after: 5 }

/** guild_id: the last that was told, of whatever kind. */
export type ProfileChange = Selectable<Rows>

/** Who is to be told of a user who has changed: guilds and conversations that he is in, users who have a relationship with him. */
export interface Concerned {
  readonly kind: 'guild' | 'conversation' | 'user'
  readonly id: string
}

/** In the transaction that changes a user: whom it concerns is to be told. One job a user, that of the last change. */
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

/** The jobs as those who do them see them. A lease only saves double work: to be told twice does no harm. */
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

  /**
   * Who is still to be told, in id order. The second time it is only guilds: conversations and relationships begin under
   * locks of the user, and so with what he is now, or before the change is committed.
   */
  concerned({ user_id, guild_id: told, again, changed_at }: ProfileChange): Promise<Concerned[]> {
    const guilds = this.#db
      .selectFrom('members')
      .select([kind('guild'), 'guild_id as id'])
      .where('user_id', '=', user_id)
      .where('guild_id', '>', told)
    if (!again) {
      return guilds
        .where('joined_at', '>', new Date(changed_at.getTime() - JOINING.before * 1_000))
        .where('joined_at', '<', new Date(changed_at.getTime() + JOINING.after * 1_000))
        .orderBy('id')
        .execute()
    }
    return guilds
      .unionAll((on) =>
        on
          .selectFrom('conversation_recipients')
          .select([kind('conversation'), 'channel_id as id'])
          .where('user_id', '=', user_id)
          .where('channel_id', '>', told),
      )
      .unionAll((on) =>
        on
          .selectFrom('relationships')
          .select([kind('user'), 'user_id as id'])
          .where('other_id', '=', user_id)
          .where('user_id', '>', told),
      )
      .orderBy('id')
      .execute()
  }

  /** One has been told. @returns false: the user has changed again meanwhile, which is another job */
  async progress({ user_id, id }: ProfileChange, told: string): Promise<boolean> {
    const row = await this.#db
      .updateTable('profile_changes')
      .set({ guild_id: told, due_at: later(LEASE_SECONDS) })
      .where('user_id', '=', user_id)
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst()
    return row !== undefined
  }

  /** The last has been told: the first time the guilds are gone through once more, then the job is done. */
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

const kind = (name: Concerned['kind']) => sql.lit<Concerned['kind']>(name).as('kind')
const later = (seconds: number) => sql<Date>`now() + make_interval(secs => ${seconds})`
