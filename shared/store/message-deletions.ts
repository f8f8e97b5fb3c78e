import { type Selectable, sql } from 'kysely'
import type { MessageDeletions as Rows } from '#db/generated-types.ts'
import { firstIdAt } from '#shared/kernel/ids.ts'
import type { Db, Tx } from './database.ts'

/** Creates that were under way when their author was banned have ids of up to so long after. */
const UNDER_WAY_MS = 5_000
/** The log's deadline: after it, what was under way is in the log or never will be. */
const AGAIN_SECONDS = 15
/** Who works at a job says so after each page; when he has died, another one takes it. */
const LEASE_SECONDS = 30

export type MessageDeletion = Selectable<Rows>

/** How far a job has read: a channel, and a message of it. */
export interface DeletionCursor {
  readonly channelId: string
  readonly messageId: string
}

/**
 * In the transaction that bans, under the guild's lock: the messages of these people in the guild's last `seconds` are to
 * be deleted. A job for the same people that is not done yet is widened where the two overlap: repeated bans do not
 * pile up work.
 */
export async function noteMessageDeletion(
  tx: Tx,
  job: { id: string; guildId: string; userIds: readonly string[]; seconds: number; now: number },
): Promise<void> {
  if (job.seconds === 0 || job.userIds.length === 0) return
  const after_id = firstIdAt(job.now - job.seconds * 1_000)
  const before_id = firstIdAt(job.now + UNDER_WAY_MS)
  const user_ids = [...job.userIds]
  const widened = await tx
    .updateTable('message_deletions')
    .set({
      after_id: sql<string>`least(after_id, ${after_id}::bigint)`,
      before_id: sql<string>`greatest(before_id, ${before_id}::bigint)`,
      again: true,
    })
    .where('guild_id', '=', job.guildId)
    .where(sql<boolean>`user_ids = ${user_ids}::bigint[]`)
    .where('before_id', '>=', after_id)
    .executeTakeFirst()
  if (widened.numUpdatedRows > 0n) return
  await tx
    .insertInto('message_deletions')
    .values({ id: job.id, guild_id: job.guildId, user_ids, after_id, before_id })
    .execute()
}

/** The jobs as those who do them see them. A lease only saves double work: doing one twice deletes nothing else. */
export class MessageDeletions {
  readonly #db: Db

  constructor(db: Db) {
    this.#db = db
  }

  /** A job that is due and that nobody is at; it is this caller's for a while. */
  async take(): Promise<MessageDeletion | undefined> {
    const due = await this.#db
      .selectFrom('message_deletions')
      .select(['id', 'due_at'])
      .where('due_at', '<=', (on) => on.fn<Date>('now'))
      .orderBy('due_at')
      .limit(10)
      .execute()
    for (const { id } of due) {
      const taken = await this.#db
        .updateTable('message_deletions')
        .set({ due_at: later(LEASE_SECONDS) })
        .where('id', '=', id)
        .where('due_at', '<=', (on) => on.fn<Date>('now'))
        .returningAll()
        .executeTakeFirst()
      if (taken) return taken
    }
    return undefined
  }

  /** The channels of the job's guild from its cursor on, in id order. */
  async channels({ guild_id, channel_id }: MessageDeletion): Promise<{ id: string; type: number }[]> {
    return this.#db
      .selectFrom('channels')
      .select(['id', 'type'])
      .where('guild_id', '=', guild_id)
      .where('id', '>=', channel_id)
      .orderBy('id')
      .execute()
  }

  async progress({ id }: MessageDeletion, { channelId, messageId }: DeletionCursor): Promise<void> {
    await this.#db
      .updateTable('message_deletions')
      .set({ channel_id: channelId, message_id: messageId, due_at: later(LEASE_SECONDS) })
      .where('id', '=', id)
      .execute()
  }

  /** Not now. */
  async putOff({ id }: MessageDeletion, seconds: number): Promise<void> {
    await this.#db
      .updateTable('message_deletions')
      .set({ due_at: later(seconds) })
      .where('id', '=', id)
      .execute()
  }

  /** The last channel has been read: the first time, or when it was widened since, all are read once more. */
  async finish({ id, again }: MessageDeletion): Promise<void> {
    if (!again) {
      const done = this.#db.deleteFrom('message_deletions').where('id', '=', id).where('again', '=', false)
      if ((await done.executeTakeFirst()).numDeletedRows > 0n) return
    }
    await this.#db
      .updateTable('message_deletions')
      .set({ again: false, channel_id: '0', message_id: '0', due_at: later(AGAIN_SECONDS) })
      .where('id', '=', id)
      .execute()
  }
}

const later = (seconds: number) => sql<Date>`now() + make_interval(secs => ${seconds})`
