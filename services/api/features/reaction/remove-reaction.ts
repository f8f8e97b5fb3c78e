import { Type } from 'typebox'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { isSnowflake } from '#shared/kernel/ids.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { emojiObject, isSameEmoji } from '#shared/protocol/wire/emoji.ts'
import type { ApiDeps } from '../../deps.ts'
import { may } from '../../scope.ts'
import { readEmoji } from './emoji-parameter.ts'

/** DELETE /channels/{channel_id}/messages/{message_id}/reactions/{emoji}/{user_id or @me} */
export const removeReaction = (deps: ApiDeps) =>
  endpoint({
    method: 'DELETE',
    path: '/channels/:channel_id/messages/:message_id/reactions/:emoji/:user_id',
    tag: 'reactions',
    summary: 'Delete reaction',
    access: 'verified',
    bucket: Buckets.reactions,
    success: 204,
    schema: {
      params: Type.Object({
        channel_id: Snowflake,
        message_id: Snowflake,
        emoji: Type.String(),
        user_id: Type.String({ pattern: '^(@me|[0-9]{1,19})$' }),
      }),
    },
    handle: async ({ params, facts, caller }) => {
      const scope = await deps.scopes.textChannel(facts)
      if (!scope.ok) return scope
      const emoji = readEmoji(params.emoji)
      if (!emoji.ok) return emoji
      const userId = params.user_id === '@me' ? caller.id : params.user_id
      if (!isSnowflake(userId)) return refuse('UNKNOWN_USER')
      const { value } = scope
      if (
        userId !== caller.id &&
        (value.kind === 'conversation' || !may(value, Permission.MANAGE_MESSAGES))
      ) {
        return refuse('MISSING_PERMISSIONS')
      }
      // Read as the one whose reaction it is, so that `me` tells whether there is one.
      const target = {
        aggregate: value.aggregate,
        channelId: params.channel_id,
        messageId: params.message_id,
        viewer: userId,
      }
      return deps.changes.change(target, (message) => {
        const existing = message.reactions.find((reaction) => isSameEmoji(reaction.emoji, emoji.value))
        if (!existing?.me) return ok(null)
        return ok({
          type: 'MESSAGE_REACTION_REMOVE' as const,
          facts: {
            channel_id: params.channel_id,
            message_id: params.message_id,
            user_id: userId,
            emoji: existing.emoji,
          },
          d: JSON.stringify({
            user_id: userId,
            channel_id: params.channel_id,
            message_id: params.message_id,
            ...(value.kind === 'guild_channel' ? { guild_id: value.guildId } : {}),
            emoji: emojiObject(existing.emoji),
            burst: false,
            type: 0,
          }),
        })
      })
    },
  })
