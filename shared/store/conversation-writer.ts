import type {
  Conversation,
  ConversationChange,
  ConversationState,
} from '#shared/domain/conversation/conversation-state.ts'
import { evolveConversation } from '#shared/domain/conversation/conversation-state.ts'
import { asSnowflake } from '#shared/kernel/ids.ts'
import { err, type Result } from '#shared/kernel/result.ts'
import type { EventType } from '#shared/protocol/events.ts'
import { readConversation } from './conversation-store.ts'
import type { Db, Tx } from './database.ts'
import { decided, type EventTooLarge } from './decided.ts'
import { newIds } from './guild-store.ts'
import type { NotAppended, OutboxAppender } from './outbox-appender.ts'
import { insertOutboxRow } from './outbox-rows.ts'

/** A conversation under its lock: what is read here stays true until the transaction ends. */
export class ConversationTransaction {
  readonly tx: Tx
  readonly id: string
  readonly #mostEventBytes: number
  #state: ConversationState

  constructor(tx: Tx, id: string, state: ConversationState, mostEventBytes: number) {
    this.tx = tx
    this.id = id
    this.#state = state
    this.#mostEventBytes = mostEventBytes
  }

  get conversation(): Conversation {
    if (!this.#state.conversation) throw new Error(`conversation ${this.id} is not there`)
    return this.#state.conversation
  }

  newIds(count: number): Promise<string[]> {
    return newIds(this.tx, count)
  }

  /** The next link of the conversation's chain. `d`: null where the gateway makes what each is told. */
  async emit(type: EventType, value: Conversation, d: object | null): Promise<void> {
    const before = this.conversation
    const change: ConversationChange = { kind: 'conversation', id: this.id, value }
    const version = this.#state.version + 1
    await this.tx
      .updateTable('channels')
      .set({
        name: value.name,
        icon: value.icon,
        owner_id: value.owner_id,
        last_pin_timestamp: value.last_pin_timestamp,
        version: String(version),
      })
      .where('id', '=', this.id)
      .execute()
    const [gone] = await this.#writeRecipients(before, value)
    await insertOutboxRow(
      this.tx,
      { kind: 'conversation', id: asSnowflake(this.id) },
      version,
      { type, changes: [change], d, channelId: this.id },
      [{ ...change, value: before }],
      gone ?? null,
      this.#mostEventBytes,
    )
    this.#state = evolveConversation(this.#state, [change], version)
  }

  /** @returns who is no recipient any more */
  async #writeRecipients(before: Conversation, after: Conversation): Promise<string[]> {
    const [was, is] = [before, after].map(({ recipients }) => new Set(recipients.map(({ id }) => id))) as [
      Set<string>,
      Set<string>,
    ]
    for (const user_id of is)
      if (!was.has(user_id))
        await this.tx.insertInto('conversation_recipients').values({ channel_id: this.id, user_id }).execute()
    const gone = [...was].filter((id) => !is.has(id))
    for (const user_id of gone)
      await this.tx
        .deleteFrom('conversation_recipients')
        .where('channel_id', '=', this.id)
        .where('user_id', '=', user_id)
        .execute()
    for (const user_id of is) {
      const closed = after.closed_by?.includes(user_id) ?? false
      if (closed !== (before.closed_by?.includes(user_id) ?? false))
        await this.tx
          .updateTable('conversation_recipients')
          .set({ closed })
          .where('channel_id', '=', this.id)
          .where('user_id', '=', user_id)
          .execute()
    }
    return gone
  }
}

/**
 * Decides under the conversation's lock. Rows and links commit together; success is told only when the links are in
 * the log [OUT-5]. A refusal changes nothing. 'unknown_conversation' when it does not exist.
 */
export async function writeConversation<T, E>(
  db: Db,
  appender: OutboxAppender,
  id: string,
  decide: (conversation: ConversationTransaction) => Promise<Result<T, E>>,
): Promise<Result<T, E | EventTooLarge | NotAppended | { readonly code: 'unknown_conversation' }>> {
  const result = await decided<T, E | { readonly code: 'unknown_conversation' }>(db, async (tx) => {
    await tx.selectFrom('channels').select('id').where('id', '=', id).forUpdate().execute()
    const state = await readConversation(tx, id)
    if (!state) return err({ code: 'unknown_conversation' as const })
    return decide(new ConversationTransaction(tx, id, state, appender.mostEventBytes))
  })
  if (!result.ok) return result
  const appended = await appender.append({ kind: 'conversation', id: asSnowflake(id) })
  return appended.ok ? result : appended
}
