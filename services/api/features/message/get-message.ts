import { Type } from 'typebox'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import type { ApiDeps } from '../../deps.ts'
import { may } from '../../scope.ts'

/** GET /channels/{channel_id}/messages/{message_id} */
export const getMessage = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/channels/:channel_id/messages/:message_id',
    tag: 'messages',
    summary: 'Get channel message',
    access: 'verified',
    bucket: Buckets.read,
    schema: { params: Type.Object({ channel_id: Snowflake, message_id: Snowflake }) },
    handle: async ({ params, facts, caller }) => {
      const scope = await deps.scopes.textChannel(facts)
      if (!scope.ok) return scope
      if (!may(scope.value, Permission.READ_MESSAGE_HISTORY)) return refuse('MISSING_PERMISSIONS')
      const target = {
        aggregate: scope.value.aggregate,
        channelId: params.channel_id,
        messageId: params.message_id,
        viewer: caller.id,
      }
      const message = await deps.changes.read(target)
      if (!message.ok) return message
      return ok((await deps.presenter.many([message.value], caller))[0])
    },
  })
