import { Type } from 'typebox'
import { emojiNotes } from '#shared/domain/guild/audit-log.ts'
import type { Emoji } from '#shared/domain/guild/emoji.ts'
import type { Guild } from '#shared/domain/guild/entities.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import type { ApiError } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { auditActor } from '../../audit-actor.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'
import {
  EmojiName,
  EmojiRoles,
  emojisUpdate,
  manageableEmoji,
  presentEmojis,
  rolesOfEmoji,
} from './emojis.ts'

/** PATCH /guilds/{guild_id}/emojis/{emoji_id}: where nothing changes nothing is told. */
export const editEmoji = (deps: ApiDeps) =>
  endpoint({
    method: 'PATCH',
    path: '/guilds/:guild_id/emojis/:emoji_id',
    tag: 'emojis',
    summary: 'Modify guild emoji',
    access: 'verified',
    bucket: Buckets.write,
    schema: {
      params: Type.Object({ guild_id: Snowflake, emoji_id: Snowflake }),
      body: Type.Object({ name: Type.Optional(EmojiName), roles: Type.Optional(EmojiRoles) }),
    },
    handle: async (request) => {
      const { params, body, facts, caller } = request
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      const edited = toApi(
        await deps.guilds.write(params.guild_id, async (tx): Promise<Result<Emoji, ApiError>> => {
          const ids = { userId: caller.id, emojiId: params.emoji_id }
          const before = await manageableEmoji(tx, ids, facts.now)
          if (!before.ok) return before
          const roles = body.roles === undefined ? ok(before.value.roles) : rolesOfEmoji(tx, body.roles)
          if (!roles.ok) return roles
          const emoji = { ...before.value, name: body.name ?? before.value.name, roles: roles.value }
          const notes = emojiNotes(before.value, emoji)
          if (notes.length === 0) return ok(emoji)
          const guild = tx.state.guild as Guild
          const emojis = guild.emojis.map((one) => (one.id === emoji.id ? emoji : one))
          await tx.emit(emojisUpdate(guild, emojis))
          await tx.audit(auditActor(request), notes)
          return ok(emoji)
        }),
      )
      if (!edited.ok) return edited
      return ok((await presentEmojis(deps, scope.value.permissions, [edited.value]))[0])
    },
  })
