import { Type } from 'typebox'
import { emojiNotes } from '#shared/domain/guild/audit-log.ts'
import type { Guild } from '#shared/domain/guild/entities.ts'
import { ok } from '#shared/kernel/result.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { auditActor } from '../../audit-actor.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'
import { emojisUpdate, manageableEmoji } from './emojis.ts'

/** DELETE /guilds/{guild_id}/emojis/{emoji_id}: its picture stays, since messages and reactions go on showing it. */
export const deleteEmoji = (deps: ApiDeps) =>
  endpoint({
    method: 'DELETE',
    path: '/guilds/:guild_id/emojis/:emoji_id',
    tag: 'emojis',
    summary: 'Delete guild emoji',
    access: 'verified',
    bucket: Buckets.write,
    success: 204,
    schema: { params: Type.Object({ guild_id: Snowflake, emoji_id: Snowflake }) },
    handle: async (request) => {
      const { params, facts, caller } = request
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      return toApi(
        await deps.guilds.write(params.guild_id, async (tx) => {
          const ids = { userId: caller.id, emojiId: params.emoji_id }
          const emoji = await manageableEmoji(tx, ids, facts.now)
          if (!emoji.ok) return emoji
          const guild = tx.state.guild as Guild
          const left = guild.emojis.filter(({ id }) => id !== emoji.value.id)
          await tx.emit(emojisUpdate(guild, left))
          await tx.audit(auditActor(request), emojiNotes(emoji.value, null))
          return ok(undefined)
        }),
      )
    },
  })
