import type { Conversation } from '#shared/domain/conversation/conversation-state.ts'
import { isRecipient } from '#shared/domain/conversation/conversation-state.ts'
import { ChannelType } from '#shared/domain/guild/entities.ts'
import type { StoredMessage } from '#shared/domain/message/stored-message.ts'
import type { User } from '#shared/domain/user/user.ts'
import { asSnowflake, snowflakeTime } from '#shared/kernel/ids.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse } from '#shared/platform/http/api-error.ts'
import { timestamp } from '#shared/protocol/timestamps.ts'
import { userObject } from '#shared/protocol/wire/user.ts'
import { type ConversationTransaction, writeConversation } from '#shared/store/conversation-writer.ts'
import { insertNotice, type Notice } from '#shared/store/notices.ts'
import type { ApiDeps } from '../../deps.ts'
import { plainMessage } from '../../messages/message-creation.ts'
import { sayNotice } from '../../messages/notices.ts'
import { toApi } from '../../relational-refusals.ts'

/** A group under its lock, as one of its people changes it. */
export interface GroupChange {
  readonly tx: ConversationTransaction
  readonly group: Conversation
  /** What the server writes in the group about what `author` did; `mentions`: to whom. */
  note(
    fields: Pick<StoredMessage, 'type'> & Partial<StoredMessage>,
    mentions?: readonly User[],
  ): Promise<void>
}

/** Decides under the group's lock. 50024 for whatever is no group, 50001 for those who are not in it. */
export async function changeGroup<T>(
  deps: ApiDeps,
  channelId: string,
  author: User,
  decide: (change: GroupChange) => Promise<Result<T, ApiError>>,
): Promise<Result<T, ApiError>> {
  const notices: Notice[] = []
  const changed = toApi(
    await writeConversation(deps.database.db, deps.appender, channelId, async (tx) => {
      const group = tx.conversation
      if (!isRecipient({ conversation: group }, author.id)) return refuse('MISSING_ACCESS')
      if (group.type !== ChannelType.GROUP_DM) return refuse('WRONG_CHANNEL_TYPE')
      const note: GroupChange['note'] = async (fields, mentions = []) => {
        const [id] = (await tx.newIds(1)) as [string]
        const message = plainMessage({
          id,
          channel_id: channelId,
          author: wireUser(author),
          timestamp: timestamp(snowflakeTime(asSnowflake(id))),
          mentions: mentions.map(wireUser),
          ...fields,
        })
        const notice = { id, channel_id: channelId, pin_id: null, message }
        await insertNotice(tx.tx, notice)
        notices.push(notice)
      }
      return decide({ tx, group, note })
    }),
  )
  if (!changed.ok) return changed
  for (const notice of notices) await sayNotice(deps, notice)
  return ok(changed.value)
}

/** Messages keep users as the wire has them. */
const wireUser = (user: User) => userObject(user) as unknown as User
