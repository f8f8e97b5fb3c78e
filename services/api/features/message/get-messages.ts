import { Type } from 'typebox'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuseField } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import type { ApiDeps } from '../../deps.ts'
import { readInteger } from '../../query.ts'
import { may } from '../../scope.ts'

/** GET /channels/{channel_id}/messages: newest first, whichever anchor is given. */
export const getMessages = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/channels/:channel_id/messages',
    tag: 'messages',
    summary: 'Get channel messages',
    access: 'verified',
    bucket: Buckets.read,
    schema: {
      params: Type.Object({ channel_id: Snowflake }),
      query: Type.Object({
        before: Type.Optional(Snowflake),
        after: Type.Optional(Snowflake),
        around: Type.Optional(Snowflake),
        limit: Type.Optional(Type.String()),
      }),
    },
    handle: async ({ params, query, facts, caller }) => {
      const limit = readInteger(query.limit, 'limit', { minimum: 1, maximum: 100, otherwise: 50 })
      if (!limit.ok) return limit
      const anchors = (['before', 'after', 'around'] as const).filter((name) => query[name] !== undefined)
      if (anchors.length > 1)
        return refuseField(
          [anchors[1] as string],
          'BASE_TYPE_CHOICES',
          'Only one of before, after and around may be given.',
        )
      const scope = await deps.scopes.textChannel(facts)
      if (!scope.ok) return scope
      if (!may(scope.value, Permission.READ_MESSAGE_HISTORY)) return ok([])
      const anchor =
        query.after !== undefined
          ? { after: query.after }
          : query.around !== undefined
            ? { around: query.around }
            : { before: query.before ?? facts.newId }
      const page = await deps.timeline.page(params.channel_id, anchor, limit.value, caller.id)
      // What is newer than the permission statement may be newer than the caller's right to see it.
      const seen = page.filter((message) => BigInt(message.id) < BigInt(facts.newId))
      return ok(await deps.presenter.many(seen, caller))
    },
  })
