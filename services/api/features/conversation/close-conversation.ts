import type { Conversation } from '#shared/domain/conversation/conversation-state.ts'
import { closedFor, isOpenFor, openedFor } from '#shared/domain/conversation/conversation-state.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import type { ApiError } from '#shared/platform/http/api-error.ts'
import { type ConversationTransaction, writeConversation } from '#shared/store/conversation-writer.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'

type Deps = Pick<ApiDeps, 'database' | 'appender'>

/** Puts a direct conversation away for one of its two people; the other is told nothing. */
export const closeConversation = (
  deps: Deps,
  id: string,
  userId: string,
): Promise<Result<Conversation, ApiError>> =>
  write(deps, id, async (tx) => {
    const { conversation } = tx
    if (isOpenFor({ conversation }, userId))
      await tx.emit('CHANNEL_DELETE', closedFor(conversation, userId), null)
  })

/** @param userId who opens it again; without one, everybody who had closed it: something is about to be written */
export const reopenConversation = (
  deps: Deps,
  id: string,
  userId?: string,
): Promise<Result<Conversation, ApiError>> =>
  write(deps, id, async (tx) => {
    const { closed_by = [] } = tx.conversation
    if (userId === undefined ? closed_by.length > 0 : closed_by.includes(userId))
      await tx.emit('CHANNEL_CREATE', openedFor(tx.conversation, userId), null)
  })

async function write(
  { database, appender }: Deps,
  id: string,
  change: (tx: ConversationTransaction) => Promise<void>,
): Promise<Result<Conversation, ApiError>> {
  return toApi(
    await writeConversation<Conversation, never>(database.db, appender, id, async (tx) => {
      await change(tx)
      return ok(tx.conversation)
    }),
  )
}
