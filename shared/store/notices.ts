import { type Selectable, sql } from 'kysely'
import type { Notices as Rows } from '#db/generated-types.ts'
import type { StoredMessage } from '#shared/domain/message/stored-message.ts'
import type { Db, Tx } from './database.ts'

/** Longer than the log's deadline: whoever committed it has said it by then, or died. */
const DUE_SECONDS = 30

export type Notice = Pick<Selectable<Rows>, 'id' | 'channel_id'> & {
  /** The message of which is to be said whether it is pinned. */
  readonly pin_id: string | null
  /** What the server writes in the channel. */
  readonly message: StoredMessage | null
}

/** In the transaction of what is to be told. */
export async function insertNotice(tx: Tx, notice: Notice): Promise<void> {
  const message = notice.message && JSON.stringify(notice.message)
  await tx
    .insertInto('notices')
    .values({ ...notice, message, due_at: sql<Date>`now() + make_interval(secs => ${DUE_SECONDS})` })
    .execute()
}

/** What nobody has said in time, oldest first. */
export async function readDueNotices(db: Db, limit: number): Promise<Notice[]> {
  const rows = await db
    .selectFrom('notices')
    .selectAll()
    .where('due_at', '<=', (on) => on.fn<Date>('now'))
    .orderBy('due_at')
    .limit(limit)
    .execute()
  return rows.map(({ due_at: _, message, ...row }) => ({ ...row, message: message && JSON.parse(message) }))
}

export async function deleteNotice(db: Db, id: string): Promise<void> {
  await db.deleteFrom('notices').where('id', '=', id).execute()
}
