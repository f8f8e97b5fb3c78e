import { Type } from 'typebox'
import { compareIds } from '#shared/kernel/ids.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Nullable, Snowflake } from '#shared/platform/http/endpoint.ts'
import { ack } from '#shared/store/read-states.ts'
import { writeUsers } from '#shared/store/user-writer.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'

const integer = Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: 2_147_483_647 })))

/**
 * POST /channels/{channel_id}/messages/{message_id}/ack: the caller has read up to there; `manual`: no further. The
 * message may be gone, as the last one of a channel often is, but not from the future.
 */
export const ackMessage = (deps: ApiDeps) =>
  endpoint({
    method: 'POST',
    path: '/channels/:channel_id/messages/:message_id/ack',
    tag: 'read states',
    summary: 'Acknowledge message',
    access: 'verified',
    bucket: Buckets.acks,
    schema: {
      params: Type.Object({ channel_id: Snowflake, message_id: Snowflake }),
      body: Type.Object({
        token: Type.Optional(Nullable(Type.String({ maxLength: 1_024 }))),
        manual: Type.Optional(Nullable(Type.Boolean())),
        mention_count: integer,
        flags: integer,
        last_viewed: integer,
      }),
    },
    handle: async ({ params, body, facts, caller }) => {
      if (caller.bot) return refuse('NOT_FOR_BOTS')
      const scope = await deps.scopes.textChannel(facts)
      if (!scope.ok) return scope
      if (compareIds(params.message_id, facts.newId) > 0) return refuse('UNKNOWN_MESSAGE')
      const manual = body.manual === true
      const given = {
        channelId: params.channel_id,
        messageId: params.message_id,
        manual,
        mentionCount: manual ? (body.mention_count ?? null) : null,
        flags: body.flags ?? null,
        lastViewed: body.last_viewed ?? null,
        at: facts.newId,
      }
      return toApi(
        await writeUsers(deps.database.db, deps.appender, [caller.id], async (users) => {
          await ack(users, caller.id, given)
          return ok({ token: null })
        }),
      )
    },
  })
