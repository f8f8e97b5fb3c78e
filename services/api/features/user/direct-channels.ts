import { Type } from 'typebox'
import { isOpenFor, MOST_RECIPIENTS } from '#shared/domain/conversation/conversation-state.ts'
import { ChannelType } from '#shared/domain/guild/entities.ts'
import { publicUser, type User } from '#shared/domain/user/user.ts'
import { compareIds } from '#shared/kernel/ids.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse } from '#shared/platform/http/api-error.ts'
import {
  BodySnowflake,
  Buckets,
  endpoint,
  type HttpRequest,
  Nullable,
} from '#shared/platform/http/endpoint.ts'
import { conversationObject } from '#shared/protocol/wire/conversation.ts'
import { isBlocked } from '#shared/store/blocks.ts'
import { readHeads } from '#shared/store/channel-heads.ts'
import { openDirect, openGroup, readConversations } from '#shared/store/conversation-store.ts'
import { readUsers } from '#shared/store/users.ts'
import { createOnce } from '../../create-once.ts'
import type { ApiDeps } from '../../deps.ts'
import { reopenConversation } from '../conversation/close-conversation.ts'

/**
 * POST /users/@me/channels: the direct conversation with somebody, opened if there is none or the caller has closed it;
 * with several, always a new group, which only people open.
 */
export const openDirectChannel = (deps: ApiDeps) =>
  endpoint({
    method: 'POST',
    path: '/users/@me/channels',
    tag: 'users',
    summary: 'Create DM',
    access: 'verified',
    bucket: Buckets.creations,
    creates: true,
    schema: {
      body: Type.Object({
        recipient_id: Type.Optional(Nullable(BodySnowflake)),
        recipients: Type.Optional(Nullable(Type.Array(BodySnowflake, { maxItems: 100 }))),
      }),
    },
    handle: async (request) => {
      const { body, caller } = request
      const wanted = body.recipient_id == null ? (body.recipients ?? []) : [body.recipient_id]
      const ids = [...new Set(wanted.map(String))]
      if (ids.length === 0 || ids.includes(caller.id)) return refuse('INVALID_RECIPIENTS')
      if (ids.length > 1 && caller.bot) return refuse('NOT_FOR_BOTS')
      if (ids.length >= MOST_RECIPIENTS) return refuse('TOO_MANY_RECIPIENTS')
      const { db, pool } = deps.database
      const others = await readUsers(db, ids)
      if (others.length < ids.length) return refuse('UNKNOWN_USER')
      if (await isBlocked(db, caller.id, ids)) return refuse('CANNOT_MESSAGE_USER')
      if (others.length > 1) return openGroupOf(deps, request, others)
      const [other] = others as [User]
      if (other.bot && caller.bot) return refuse('CANNOT_MESSAGE_USER')
      const opened = await openDirect(db, deps.appender, publicUser(caller), other)
      if (!opened.ok) return refuse('OVERLOADED')
      if (!isOpenFor({ conversation: opened.value }, caller.id)) {
        const again = await reopenConversation(deps, opened.value.id, caller.id)
        if (!again.ok) return again
      }
      const heads = await readHeads(pool, [opened.value.id])
      return ok(conversationObject(opened.value, caller.id, heads.get(opened.value.id) ?? null))
    },
  })

async function openGroupOf(
  { database, appender, attempts }: ApiDeps,
  { facts, caller, attempt }: Pick<HttpRequest, 'facts' | 'caller' | 'attempt'>,
  others: readonly User[],
): Promise<Result<object, ApiError>> {
  if (others.some(({ bot }) => bot)) return refuse('INVALID_RECIPIENTS')
  const id = facts.attemptedId ?? facts.newId
  const note = attempt && { callerId: caller.id, ...attempt, id }
  const group = {
    id,
    type: ChannelType.GROUP_DM,
    name: null,
    icon: null,
    owner_id: caller.id,
    last_pin_timestamp: null,
    recipients: [publicUser(caller), ...others].sort((a, b) => compareIds(a.id, b.id)),
  }
  const opened = await createOnce(attempts, note, () =>
    openGroup(database.db, appender, group, async (tx) => {
      if (note) await attempts.noteIn(tx, note)
    }),
  )
  return opened.ok ? ok(conversationObject(opened.value, caller.id, null)) : opened
}

/** GET /users/@me/channels: a person's conversations but those that he has closed; bots keep no list. */
export const listDirectChannels = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/users/@me/channels',
    tag: 'users',
    summary: 'Get DMs',
    access: 'verified',
    bucket: Buckets.read,
    schema: {},
    handle: async ({ caller }) => {
      if (caller.bot) return ok([])
      const { db, pool } = deps.database
      const rows = await db
        .selectFrom('conversation_recipients')
        .select('channel_id')
        .where('user_id', '=', caller.id)
        .execute()
      const ids = rows.map((row) => row.channel_id)
      const heads = await readHeads(pool, ids)
      const states = await readConversations(db, ids)
      return ok(
        states.flatMap((state) =>
          state.conversation && isOpenFor(state, caller.id)
            ? [conversationObject(state.conversation, caller.id, heads.get(state.conversation.id) ?? null)]
            : [],
        ),
      )
    },
  })
