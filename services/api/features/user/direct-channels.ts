import { Type } from 'typebox'
import { isOpenFor } from '#shared/domain/conversation/conversation-state.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { BodySnowflake, Buckets, endpoint, Nullable } from '#shared/platform/http/endpoint.ts'
import { conversationObject } from '#shared/protocol/wire/conversation.ts'
import { isBlocked } from '#shared/store/blocks.ts'
import { readHeads } from '#shared/store/channel-heads.ts'
import { openDirect, readConversations } from '#shared/store/conversation-store.ts'
import { readUsers } from '#shared/store/users.ts'
import type { ApiDeps } from '../../deps.ts'
import { reopenConversation } from '../conversation/close-conversation.ts'
import { openGroupWith } from '../conversation/open-group.ts'

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
      if (ids.length > 1) return openGroupWith(deps, request, ids)
      const { db, pool } = deps.database
      const [other] = await readUsers(db, ids)
      if (!other) return refuse('UNKNOWN_USER')
      if (await isBlocked(db, caller.id, ids)) return refuse('CANNOT_MESSAGE_USER')
      if (other.bot && caller.bot) return refuse('CANNOT_MESSAGE_USER')
      const opened = await openDirect(db, deps.appender, [caller.id, other.id])
      if (!opened.ok) return refuse('OVERLOADED')
      if (!isOpenFor({ conversation: opened.value }, caller.id)) {
        const again = await reopenConversation(deps, opened.value.id, caller.id)
        if (!again.ok) return again
      }
      const heads = await readHeads(pool, [opened.value.id])
      return ok(conversationObject(opened.value, caller.id, heads.get(opened.value.id) ?? null))
    },
  })

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
