import { MOST_RECIPIENTS } from '#shared/domain/conversation/conversation-state.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse } from '#shared/platform/http/api-error.ts'
import type { HttpRequest } from '#shared/platform/http/endpoint.ts'
import { conversationObject } from '#shared/protocol/wire/conversation.ts'
import { isBlocked } from '#shared/store/blocks.ts'
import { openGroup } from '#shared/store/conversation-store.ts'
import { readUsers } from '#shared/store/users.ts'
import { createOnce } from '../../create-once.ts'
import type { ApiDeps } from '../../deps.ts'
import { isAnyInTooManyGroups } from './group-limit.ts'

/** A new group of a person with others, who are named once each and are not himself. */
export async function openGroupWith(
  { database, appender, attempts }: ApiDeps,
  { facts, caller, attempt }: Pick<HttpRequest, 'facts' | 'caller' | 'attempt'>,
  ids: readonly string[],
): Promise<Result<object, ApiError>> {
  if (caller.bot) return refuse('NOT_FOR_BOTS')
  if (ids.length >= MOST_RECIPIENTS) return refuse('TOO_MANY_RECIPIENTS')
  const others = await readUsers(database.db, ids)
  if (others.length < ids.length) return refuse('UNKNOWN_USER')
  if (await isBlocked(database.db, caller.id, ids)) return refuse('CANNOT_MESSAGE_USER')
  if (others.some(({ bot }) => bot)) return refuse('INVALID_RECIPIENTS')
  const id = facts.attemptedId ?? facts.newId
  const note = attempt && { callerId: caller.id, ...attempt, id }
  const group = { id, owner_id: caller.id, userIds: [caller.id, ...ids] }
  const opened = await createOnce(attempts, note, () =>
    openGroup(database.db, appender, group, async (tx): Promise<Result<void, ApiError>> => {
      if (await isAnyInTooManyGroups(tx, group.userIds)) return refuse('TOO_MANY_GROUPS')
      if (note) await attempts.noteIn(tx, note)
      return ok(undefined)
    }),
  )
  return opened.ok ? ok(conversationObject(opened.value, caller.id, null)) : opened
}
