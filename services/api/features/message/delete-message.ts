import { Type } from 'typebox'
import { AuditAction, type AuditEntry } from '#shared/domain/guild/audit-log.ts'
import { isDeletable } from '#shared/domain/message/stored-message.ts'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { auditActor } from '../../audit-actor.ts'
import type { ApiDeps } from '../../deps.ts'

/** DELETE /channels/{channel_id}/messages/{message_id} */
export const deleteMessage = (deps: ApiDeps) =>
  endpoint({
    method: 'DELETE',
    path: '/channels/:channel_id/messages/:message_id',
    tag: 'messages',
    summary: 'Delete message',
    access: 'verified',
    bucket: Buckets.messages,
    success: 204,
    schema: { params: Type.Object({ channel_id: Snowflake, message_id: Snowflake }) },
    handle: async (request) => {
      const { params, facts, caller } = request
      const scope = await deps.scopes.textChannel(facts)
      if (!scope.ok) return scope
      const { value } = scope
      const target = {
        aggregate: value.aggregate,
        channelId: params.channel_id,
        messageId: params.message_id,
        viewer: caller.id,
      }
      const entry = (authorId: string): AuditEntry => ({
        id: facts.newId,
        ...auditActor(request),
        action_type: AuditAction.MESSAGE_DELETE,
        target_id: authorId,
        options: { channel_id: params.channel_id, count: '1' },
      })
      return deps.changes.change(target, (message) => {
        const own = message.author.id === caller.id
        if (!own && value.kind === 'conversation') return refuse('NOT_IN_DM')
        if (
          !own &&
          value.kind === 'guild_channel' &&
          (value.permissions & Permission.MANAGE_MESSAGES) === 0n
        ) {
          return refuse('MISSING_PERMISSIONS')
        }
        if (!isDeletable(message.type)) return refuse('SYSTEM_MESSAGE')
        return ok({
          type: 'MESSAGE_DELETE' as const,
          facts: {
            channel_id: params.channel_id,
            message_id: params.message_id,
            ...(own ? {} : { audit: entry(message.author.id) }),
          },
          d: JSON.stringify({
            id: params.message_id,
            channel_id: params.channel_id,
            ...(value.kind === 'guild_channel' ? { guild_id: value.guildId } : {}),
          }),
        })
      })
    },
  })
