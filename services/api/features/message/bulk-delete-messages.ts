import { randomUUID } from 'node:crypto'
import { Type } from 'typebox'
import { AuditAction } from '#shared/domain/guild/audit-log.ts'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { asSnowflake, snowflakeTime } from '#shared/kernel/ids.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse, refuseField } from '#shared/platform/http/api-error.ts'
import { BodySnowflake, Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { bulkDeletion } from '#shared/protocol/bulk-deletion.ts'
import { auditActor } from '../../audit-actor.ts'
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
    handle: async (request) => {
      const { params, body, facts, caller } = request
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
      const events = bulkDeletion(scope.value.aggregate, params.channel_id, ids, {
        id: facts.newId,
        ...auditActor(request),
        action_type: AuditAction.MESSAGE_BULK_DELETE,
        target_id: params.channel_id,
        options: { count: String(ids.length) },
      })
      const appended = await deps.log.appendBatch(events, `b:${randomUUID()}`)
      if (!appended.ok) return refuse('OVERLOADED')
      const bulk = { ...events.at(-1), position: appended.value.position }
      await deps.timeline.apply([bulk as never]).catch(() => {}) // committed: the indexer applies it again
      return ok(undefined)
    },
  })
