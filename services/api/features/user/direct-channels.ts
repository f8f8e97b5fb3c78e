import { Type } from 'typebox'
import { publicUser } from '#shared/domain/user/user.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { BodySnowflake, Buckets, endpoint, Nullable } from '#shared/platform/http/endpoint.ts'
import { conversationObject } from '#shared/protocol/wire/conversation.ts'
import { readHeads } from '#shared/store/channel-heads.ts'
import { openDirect, readConversation } from '#shared/store/conversation-store.ts'
import { USER_COLUMNS, userFromRow } from '#shared/store/entity-rows.ts'
import type { ApiDeps } from '../../deps.ts'

/** POST /users/@me/channels: the direct conversation with somebody, opened if there is none. */
export const openDirectChannel = (deps: ApiDeps) =>
  endpoint({
    method: 'POST',
    path: '/users/@me/channels',
    tag: 'users',
    summary: 'Create DM',
    access: 'verified',
    bucket: Buckets.creations,
    schema: {
      body: Type.Object({
        recipient_id: Type.Optional(Nullable(BodySnowflake)),
        recipients: Type.Optional(Nullable(Type.Array(BodySnowflake, { maxItems: 1 }))),
      }),
    },
    handle: async ({ body, caller }) => {
      const wanted = body.recipient_id ?? body.recipients?.[0]
      if (wanted == null || String(wanted) === caller.id) return refuse('INVALID_RECIPIENTS')
      const { db, pool } = deps.database
      const row = await db
        .selectFrom('users')
        .select(USER_COLUMNS)
        .where('users.id', '=', String(wanted))
        .executeTakeFirst()
      if (!row) return refuse('UNKNOWN_USER')
      const other = userFromRow(row)
      if (other.bot && caller.bot) return refuse('CANNOT_MESSAGE_USER')
      const opened = await openDirect(db, deps.appender, publicUser(caller), other)
      if (!opened.ok) return refuse('OVERLOADED')
      const heads = await readHeads(pool, [opened.value.id])
      return ok(conversationObject(opened.value, caller.id, heads.get(opened.value.id) ?? null))
    },
  })

/** GET /users/@me/channels: a person's conversations; bots keep no list. */
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
        .orderBy('channel_id')
        .execute()
      const ids = rows.map((row) => row.channel_id)
      const heads = await readHeads(pool, ids)
      const states = await Promise.all(ids.map((id) => readConversation(db, id)))
      return ok(
        states.flatMap((state) =>
          state?.conversation
            ? [conversationObject(state.conversation, caller.id, heads.get(state.conversation.id) ?? null)]
            : [],
        ),
      )
    },
  })
