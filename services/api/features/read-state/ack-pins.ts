import { Type } from 'typebox'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { ackPins } from '#shared/store/read-states.ts'
import { writeUsers } from '#shared/store/user-writer.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'

/** POST /channels/{channel_id}/pins/ack: the caller has seen all pins that there are. */
export const acknowledgePins = (deps: ApiDeps) =>
  endpoint({
    method: 'POST',
    path: '/channels/:channel_id/pins/ack',
    tag: 'read states',
    summary: 'Acknowledge pinned messages',
    access: 'verified',
    bucket: Buckets.acks,
    success: 204,
    schema: { params: Type.Object({ channel_id: Snowflake }) },
    handle: async ({ params, facts, caller }) => {
      if (caller.bot) return refuse('NOT_FOR_BOTS')
      const scope = await deps.scopes.textChannel(facts)
      if (!scope.ok) return scope
      const { last_pin_timestamp } =
        scope.value.kind === 'conversation' ? scope.value.conversation : scope.value.channel
      // The times of pins grow, and can so be later than now.
      const at = Math.max(facts.now, last_pin_timestamp === null ? 0 : Date.parse(last_pin_timestamp))
      return toApi(
        await writeUsers(deps.database.db, deps.appender, [caller.id], async (users) => {
          await ackPins(users, caller.id, params.channel_id, at)
          return ok(undefined)
        }),
      )
    },
  })
