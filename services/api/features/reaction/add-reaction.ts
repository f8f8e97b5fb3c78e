import { Type } from 'typebox'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { emojiObject, isSameEmoji } from '#shared/protocol/wire/emoji.ts'
import { memberObject } from '#shared/protocol/wire/guild.ts'
import type { ApiDeps } from '../../deps.ts'
import { isBlockedIn, may } from '../../scope.ts'
import { readEmoji } from './emoji-parameter.ts'
import { usableEmoji } from './usable-emoji.ts'

const MOST_EMOJI = 20

/** PUT /channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me */
export const addReaction = (deps: ApiDeps) =>
  endpoint({
    method: 'PUT',
    path: '/channels/:channel_id/messages/:message_id/reactions/:emoji/@me',
    tag: 'reactions',
    summary: 'Create reaction',
    access: 'verified',
    bucket: Buckets.reactions,
    success: 204,
    schema: { params: Type.Object({ channel_id: Snowflake, message_id: Snowflake, emoji: Type.String() }) },
    handle: async ({ params, facts, caller }) => {
      const scope = await deps.scopes.textChannel(facts)
      if (!scope.ok) return scope
      const emoji = readEmoji(params.emoji)
      if (!emoji.ok) return emoji
      const { value } = scope
      if (!may(value, Permission.READ_MESSAGE_HISTORY)) return refuse('MISSING_PERMISSIONS')
      if (await isBlockedIn(deps.database.db, value, caller.id)) return refuse('REACTION_BLOCKED')
      const target = {
        aggregate: value.aggregate,
        channelId: params.channel_id,
        messageId: params.message_id,
        viewer: caller.id,
      }
      const usable = await usableEmoji(deps.database.db, value, caller.id, emoji.value)
      return deps.changes.change(target, (message) => {
        const existing = message.reactions.find((reaction) => isSameEmoji(reaction.emoji, emoji.value))
        if (existing?.me) return ok(null)
        const key = existing?.emoji ?? usable
        if (key === undefined) return refuse('UNKNOWN_EMOJI')
        if (!existing && !may(value, Permission.ADD_REACTIONS)) return refuse('MISSING_PERMISSIONS')
        if (!existing && message.reactions.length >= MOST_EMOJI) return refuse('TOO_MANY_REACTIONS')
        return ok({
          type: 'MESSAGE_REACTION_ADD' as const,
          facts: {
            channel_id: params.channel_id,
            message_id: params.message_id,
            user_id: caller.id,
            emoji: key,
          },
          d: JSON.stringify({
            user_id: caller.id,
            channel_id: params.channel_id,
            message_id: params.message_id,
            ...(value.kind === 'guild_channel'
              ? { guild_id: value.guildId, member: memberObject(value.member) }
              : {}),
            emoji: emojiObject(key),
            message_author_id: message.author.id,
            burst: false,
            burst_colors: [],
            type: 0,
          }),
        })
      })
    },
  })
