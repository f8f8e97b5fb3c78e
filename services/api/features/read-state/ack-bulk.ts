import { Type } from 'typebox'
import { compareIds } from '#shared/kernel/ids.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { BodySnowflake, Buckets, endpoint } from '#shared/platform/http/endpoint.ts'
import { ack } from '#shared/store/read-states.ts'
import { writeUsers } from '#shared/store/user-writer.ts'
import type { ApiDeps } from '../../deps.ts'
import { otherChannel } from '../../other-channel.ts'
import { toApi } from '../../relational-refusals.ts'

const OF_CHANNELS = 0

/** POST /read-states/ack-bulk: channels that the caller does not see any more are passed over. */
export const ackBulk = (deps: ApiDeps) =>
  endpoint({
    method: 'POST',
    path: '/read-states/ack-bulk',
    tag: 'read states',
    summary: 'Acknowledge messages of many channels',
    access: 'verified',
    bucket: Buckets.acks,
    success: 204,
    schema: {
      body: Type.Object({
        read_states: Type.Array(
          Type.Object({
            channel_id: BodySnowflake,
            message_id: BodySnowflake,
            read_state_type: Type.Optional(Type.Integer({ enum: [OF_CHANNELS] })),
          }),
          { minItems: 1, maxItems: 100 },
        ),
      }),
    },
    handle: async ({ body, facts, caller, tokenHash }) => {
      if (caller.bot) return refuse('NOT_FOR_BOTS')
      const last = new Map<string, string>()
      for (const { channel_id, message_id } of body.read_states) {
        const [channelId, messageId] = [String(channel_id), String(message_id)]
        const known = last.get(channelId) ?? '0'
        if (compareIds(messageId, known) > 0 && compareIds(messageId, facts.newId) <= 0)
          last.set(channelId, messageId)
      }
      for (const channelId of last.keys())
        if (!(await otherChannel(deps, tokenHash, channelId))) last.delete(channelId)
      // In one order, as whoever else writes several of them has it.
      const acks = [...last].sort(([a], [b]) => compareIds(a, b))
      return toApi(
        await writeUsers(deps.database.db, deps.appender, [caller.id], async (users) => {
          for (const [channelId, messageId] of acks)
            await ack(users, caller.id, {
              channelId,
              messageId,
              manual: false,
              mentionCount: null,
              flags: null,
              lastViewed: null,
              at: facts.newId,
            })
          return ok(undefined)
        }),
      )
    },
  })
