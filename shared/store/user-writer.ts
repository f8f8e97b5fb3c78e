import type { Selectable, Updateable } from 'kysely'
import type { Users } from '#db/generated-types.ts'
import type { OwnUser } from '#shared/domain/user/user.ts'
import { asSnowflake, compareIds } from '#shared/kernel/ids.ts'
import { err, type Result } from '#shared/kernel/result.ts'
import type { UserChange } from '#shared/protocol/events.ts'
import { ownUserObject } from '#shared/protocol/wire/user.ts'
import type { Db, Tx } from './database.ts'
import { decided, type EventTooLarge } from './decided.ts'
import { ownUserFromRow } from './entity-rows.ts'
import type { NotAppended, OutboxAppender } from './outbox-appender.ts'
import { type Change, insertOutboxRow } from './outbox-rows.ts'

type UserEvent =
  | 'USER_SETTINGS_UPDATE'
  | 'USER_GUILD_SETTINGS_UPDATE'
  | 'USER_NOTE_UPDATE'
  | 'RELATIONSHIP_ADD'
  | 'RELATIONSHIP_REMOVE'
  | 'MESSAGE_ACK'
  | 'CHANNEL_PINS_ACK'

/** Users under their locks: what is read of them here stays true until the transaction ends. */
export class UserTransaction {
  readonly tx: Tx
  readonly #rows: Map<string, Selectable<Users>>
  readonly #mostEventBytes: number

  constructor(tx: Tx, rows: readonly Selectable<Users>[], mostEventBytes: number) {
    this.tx = tx
    this.#mostEventBytes = mostEventBytes
    this.#rows = new Map(rows.map((row) => [row.id, row]))
  }

  user(id: string): OwnUser {
    return ownUserFromRow(this.#row(id))
  }

  /** Of the last link of the user's chain. */
  version(id: string): number {
    return Number(this.#row(id).version)
  }

  /** The next link of the user's chain, which only his own sessions are sent. */
  async emit(userId: string, type: UserEvent, d: object): Promise<void> {
    const version = await this.#set(userId, {})
    await this.#insert(userId, version, { type, changes: [], d }, [])
  }

  /** Changes the user's row and tells his sessions: USER_UPDATE. */
  async update(userId: string, values: Updateable<Users>): Promise<OwnUser> {
    const before: UserChange = { kind: 'user', id: userId, value: this.user(userId) }
    const version = await this.#set(userId, values)
    const user = this.user(userId)
    const event = {
      type: 'USER_UPDATE',
      changes: [{ ...before, value: user }],
      d: ownUserObject(user),
    } as const
    await this.#insert(userId, version, event, [before])
    return user
  }

  #insert(id: string, version: number, event: Change<UserChange>, undo: readonly UserChange[]) {
    return insertOutboxRow(this.tx, chainOf(id), version, event, undo, null, this.#mostEventBytes)
  }

  async #set(id: string, values: Updateable<Users>): Promise<number> {
    const version = this.version(id) + 1
    const row = await this.tx
      .updateTable('users')
      .set({ ...values, version: String(version) })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    this.#rows.set(id, row)
    return version
  }

  #row(id: string): Selectable<Users> {
    const row = this.#rows.get(id)
    if (!row) throw new Error(`user ${id} is not locked`)
    return row
  }
}

/**
 * Decides under the locks of users, which are taken in id order. Rows and links commit together; success is told
 * only when the links are in the log [OUT-5]. A refusal changes nothing. 'unknown_user' when one does not exist.
 */
export async function writeUsers<T, E>(
  db: Db,
  appender: OutboxAppender,
  userIds: readonly string[],
  decide: (users: UserTransaction) => Promise<Result<T, E>>,
): Promise<Result<T, E | EventTooLarge | NotAppended | { readonly code: 'unknown_user' }>> {
  const ids = [...new Set(userIds)].sort(compareIds)
  const result = await decided<T, E | { readonly code: 'unknown_user' }>(db, async (tx) => {
    const rows: Selectable<Users>[] = []
    for (const id of ids) {
      const query = tx.selectFrom('users').selectAll().where('id', '=', id).forUpdate()
      const row = await query.executeTakeFirst()
      if (!row) return err({ code: 'unknown_user' as const })
      rows.push(row)
    }
    return decide(new UserTransaction(tx, rows, appender.mostEventBytes))
  })
  if (!result.ok) return result
  for (const id of ids) {
    const appended = await appender.append(chainOf(id))
    if (!appended.ok) return appended
  }
  return result
}

const chainOf = (userId: string) => ({ kind: 'user', id: asSnowflake(userId) }) as const
