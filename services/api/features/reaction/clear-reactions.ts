import { Type } from 'typebox'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { emojiObject, isSameEmoji } from '#shared/protocol/wire/emoji.ts'
import type { ApiDeps } from '../../deps.ts'
import { readEmoji } from './emoji-parameter.ts'

const path = '/channels/:channel_id/messages/:message_id/reactions'

/** DELETE …/reactions: all of them. */
export const clearReactions = (deps: ApiDeps) =>
  endpoint({
    method: 'DELETE',
    path,
    tag: 'reactions',
    summary: 'Delete all reactions',
    access: 'verified',
    bucket: Buckets.reactions,
    success: 204,
    schema: { params: Type.Object({ channel_id: Snowflake, message_id: Snowflake }) },
    handle: (request) => clear(deps, request, undefined),
  })

/** DELETE …/reactions/{emoji}: those with one emoji. */
export const clearReactionsOfEmoji = (deps: ApiDeps) =>
  endpoint({
    method: 'DELETE',
    path: `${path}/:emoji`,
    tag: 'reactions',
    summary: 'Delete all reactions with an emoji',
    access: 'verified',
    bucket: Buckets.reactions,
    success: 204,
    schema: { params: Type.Object({ channel_id: Snowflake, message_id: Snowflake, emoji: Type.String() }) },
    handle: async (request) => {
      const emoji = readEmoji(request.params.emoji)
      return emoji.ok ? clear(deps, request, emoji.value) : emoji
    },
  })

async function clear(
  deps: ApiDeps,
  {
    params,
    facts,
    caller,
  }: {
    params: { channel_id: string; message_id: string }
    facts: Parameters<ApiDeps['scopes']['guildChannel']>[0]
    caller: { id: string }
  },
  wanted: string | undefined,
) {
  const scope = await deps.scopes.guildChannel(facts)
  if (!scope.ok) return scope
  const { aggregate, guildId, permissions } = scope.value
  if ((permissions & Permission.MANAGE_MESSAGES) === 0n) return refuse('MISSING_PERMISSIONS')
  const ids = { channel_id: params.channel_id, message_id: params.message_id }
  const target = { aggregate, channelId: ids.channel_id, messageId: ids.message_id, viewer: caller.id }
  return deps.changes.change(target, (message) => {
    const existing = message.reactions.find(({ emoji }) => wanted === undefined || isSameEmoji(emoji, wanted))
    if (!existing) return ok(null)
    if (wanted === undefined) {
      return ok({
        type: 'MESSAGE_REACTION_REMOVE_ALL',
        facts: ids,
        d: JSON.stringify({ ...ids, guild_id: guildId }),
      })
    }
    const { emoji } = existing
    const d = JSON.stringify({ ...ids, guild_id: guildId, emoji: emojiObject(emoji) })
    return ok({ type: 'MESSAGE_REACTION_REMOVE_EMOJI', facts: { ...ids, emoji }, d })
  })
}
