import { randomUUID } from 'node:crypto'
import { Type } from 'typebox'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { asSnowflake, snowflakeTime } from '#shared/kernel/ids.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse, refuseField } from '#shared/platform/http/api-error.ts'
import { BodySnowflake, Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { type NewEvent, SCHEMAS } from '#shared/protocol/events.ts'
import { messageSubject, subjectOf } from '#shared/protocol/subjects.ts'
import type { ApiDeps } from '../../deps.ts'
import { may } from '../../scope.ts'

const OLDEST_MS = 14 * 24 * 3_600_000

/** POST /channels/{channel_id}/messages/bulk-delete: one atomic batch; ids that do not exist are ignored. */
export const bulkDeleteMessages = (deps: ApiDeps) =>
  endpoint({
    method: 'POST',
    path: '/channels/:channel_id/messages/bulk-delete',
    tag: 'messages',
    summary: 'Bulk delete messages',
    access: 'verified',
    bucket: Buckets.write,
    success: 204,
    schema: {
      params: Type.Object({ channel_id: Snowflake }),
      body: Type.Object({ messages: Type.Array(BodySnowflake, { maxItems: 1_000 }) }),
    },
    handle: async ({ params, body, facts, caller }) => {
      const scope = await deps.scopes.guildChannel(facts)
      if (!scope.ok) return scope
      if (!may(scope.value, Permission.MANAGE_MESSAGES)) return refuse('MISSING_PERMISSIONS')
      const wanted = body.messages.map(String)
      if (wanted.length < 2 || wanted.length > 100) return refuse('BULK_DELETE_COUNT')
      if (new Set(wanted).size !== wanted.length) {
        return refuseField(['messages'], 'SET_TYPE_UNIQUE', 'Items must be unique.')
      }
      if (wanted.some((id) => snowflakeTime(asSnowflake(id)) < facts.now - OLDEST_MS))
        return refuse('TOO_OLD_TO_BULK_DELETE')
      const found = await deps.timeline.many(
        wanted.map((messageId) => ({ channelId: params.channel_id, messageId })),
        caller.id,
      )
      if (found.length === 0) return ok(undefined)
      const ids = found.map((message) => message.id)
      const { aggregate, guildId } = scope.value
      const events: NewEvent[] = ids.map((id) => ({
        subject: messageSubject(aggregate, id),
        type: 'MESSAGE_DELETE',
        schema: SCHEMAS.MESSAGE_DELETE,
        facts: { channel_id: params.channel_id, message_id: id, silent: true },
        d: '',
      }))
      events.push({
        subject: subjectOf(aggregate),
        type: 'MESSAGE_DELETE_BULK',
        schema: SCHEMAS.MESSAGE_DELETE_BULK,
        facts: { channel_id: params.channel_id, ids },
        d: JSON.stringify({ ids, channel_id: params.channel_id, guild_id: guildId }),
      })
      const appended = await deps.log.appendBatch(events, `b:${randomUUID()}`)
      if (!appended.ok) return refuse('OVERLOADED')
      const bulk = { ...(events.at(-1) as NewEvent), position: appended.value.position }
      await deps.timeline.apply([bulk as never]).catch(() => {}) // committed: the indexer applies it again
      return ok(undefined)
    },
  })
