import type { Updateable } from 'kysely'
import type { Users } from '#db/generated-types.ts'
import type { OwnUser } from '#shared/domain/user/user.ts'
import { asSnowflake } from '#shared/kernel/ids.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import type { UserChange } from '#shared/protocol/events.ts'
import { ownUserObject } from '#shared/protocol/wire/user.ts'
import type { Db, Tx } from './database.ts'
import { ownUserFromRow } from './entity-rows.ts'
import type { NotAppended, OutboxAppender } from './outbox-appender.ts'
import { insertOutboxRow } from './outbox-rows.ts'

/**
 * Changes a user's row and tells his sessions: USER_UPDATE is the next link of the user's own chain.
 * @param within what else commits in the same transaction; false: nothing is changed
 */
export async function updateUser(
  db: Db,
  appender: OutboxAppender,
  userId: string,
  values: Updateable<Users>,
  within: (tx: Tx) => Promise<boolean> = async () => true,
): Promise<Result<OwnUser | undefined, NotAppended>> {
  const updated = await db.transaction().execute(async (tx) => {
    const row = await tx
      .selectFrom('users')
      .selectAll()
      .where('id', '=', userId)
      .forUpdate()
      .executeTakeFirst()
    if (!row || !(await within(tx))) return undefined
    const version = Number(row.version) + 1
    const next = await tx
      .updateTable('users')
      .set({ ...values, version: String(version) })
      .where('id', '=', userId)
      .returningAll()
      .executeTakeFirstOrThrow()
    const user = ownUserFromRow(next)
    const change: UserChange = { kind: 'user', id: userId, value: user }
    await insertOutboxRow(
      tx,
      { kind: 'user', id: asSnowflake(userId) },
      version,
      { type: 'USER_UPDATE', changes: [change], d: ownUserObject(user) },
      [{ ...change, value: ownUserFromRow(row) }],
      null,
    )
    return user
  })
  if (!updated) return ok(undefined)
  const appended = await appender.append({ kind: 'user', id: asSnowflake(userId) })
  return appended.ok ? ok(updated) : appended
}
