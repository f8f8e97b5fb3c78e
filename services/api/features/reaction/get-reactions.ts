import { Type } from 'typebox'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { isSameEmoji } from '#shared/protocol/wire/emoji.ts'
import { userObject } from '#shared/protocol/wire/user.ts'
import { USER_COLUMNS, userFromRow } from '#shared/store/entity-rows.ts'
import type { ApiDeps } from '../../deps.ts'
import { readInteger } from '../../query.ts'
import { may } from '../../scope.ts'
import { readEmoji } from './emoji-parameter.ts'

const NORMAL = 0
/** Nobody reacts like this here. */
const BURST = 1

/** GET /channels/{channel_id}/messages/{message_id}/reactions/{emoji}: who reacted, in id order. */
export const getReactions = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/channels/:channel_id/messages/:message_id/reactions/:emoji',
    tag: 'reactions',
    summary: 'Get reactions',
    access: 'verified',
    bucket: Buckets.read,
    schema: {
      params: Type.Object({ channel_id: Snowflake, message_id: Snowflake, emoji: Type.String() }),
      query: Type.Object({
        after: Type.Optional(Snowflake),
        limit: Type.Optional(Type.String()),
        type: Type.Optional(Type.String()),
      }),
    },
    handle: async ({ params, query, facts, caller }) => {
      const limit = readInteger(query.limit, 'limit', { minimum: 1, maximum: 100, otherwise: 25 })
      if (!limit.ok) return limit
      const type = readInteger(query.type, 'type', { minimum: NORMAL, maximum: BURST, otherwise: NORMAL })
      if (!type.ok) return type
      const scope = await deps.scopes.textChannel(facts)
      if (!scope.ok) return scope
      if (!may(scope.value, Permission.READ_MESSAGE_HISTORY)) return refuse('MISSING_PERMISSIONS')
      const emoji = readEmoji(params.emoji)
      if (!emoji.ok) return emoji
      const target = {
        aggregate: scope.value.aggregate,
        channelId: params.channel_id,
        messageId: params.message_id,
        viewer: caller.id,
      }
      const message = await deps.changes.read(target)
      if (!message.ok) return message
      const existing = message.value.reactions.find((reaction) => isSameEmoji(reaction.emoji, emoji.value))
      if (!existing || type.value === BURST) return ok([])
      const ids = await deps.timeline.reactors(
        params.channel_id,
        params.message_id,
        existing.emoji,
        query.after ?? '0',
        limit.value,
      )
      if (ids.length === 0) return ok([])
      const rows = await deps.database.db
        .selectFrom('users')
        .select(USER_COLUMNS)
        .where('users.id', 'in', [...ids])
        .orderBy('users.id')
        .execute()
      return ok(rows.map((row) => userObject(userFromRow(row))))
    },
  })
