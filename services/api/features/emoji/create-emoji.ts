import { Type } from 'typebox'
import { guildPermissions } from '#shared/domain/guild/access.ts'
import { emojiNotes } from '#shared/domain/guild/audit-log.ts'
import { type Emoji, MOST_EMOJI_BYTES, MOST_EMOJIS } from '#shared/domain/guild/emoji.ts'
import type { Guild } from '#shared/domain/guild/entities.ts'
import { has, Permission } from '#shared/domain/permissions/flags.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse, refuseField } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { guildEmojiObject } from '#shared/protocol/wire/emoji.ts'
import { userObject } from '#shared/protocol/wire/user.ts'
import { auditActor } from '../../audit-actor.ts'
import { createOnce } from '../../create-once.ts'
import type { ApiDeps } from '../../deps.ts'
import { readImage } from '../../images.ts'
import { EmojiName, EmojiRoles, emojiPicture, emojisUpdate, rolesOfEmoji } from './emojis.ts'

/** POST /guilds/{guild_id}/emojis: the picture is there before anybody is told of it. */
export const createEmoji = (deps: ApiDeps) =>
  endpoint({
    method: 'POST',
    path: '/guilds/:guild_id/emojis',
    tag: 'emojis',
    summary: 'Create guild emoji',
    access: 'verified',
    bucket: Buckets.creations,
    success: 201,
    creates: true,
    schema: {
      params: Type.Object({ guild_id: Snowflake }),
      body: Type.Object({ name: EmojiName, image: Type.String(), roles: Type.Optional(EmojiRoles) }),
    },
    handle: async (request) => {
      const { params, body, facts, caller, attempt } = request
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      if (!has(scope.value.permissions, Permission.CREATE_GUILD_EXPRESSIONS))
        return refuse('MISSING_PERMISSIONS')
      const image = readImage(body.image)
      if (!image) return refuseField(['image'], 'IMAGE_INVALID', 'Invalid image data')
      const { bytes, contentType, animated } = image
      if (bytes.length > MOST_EMOJI_BYTES)
        return refuseField(['image'], 'BINARY_TYPE_MAX_SIZE', 'File cannot be larger than 256.0 kb.')
      const id = facts.attemptedId ?? facts.newId
      const note = attempt && { callerId: caller.id, ...attempt, id }
      await deps.blobs.put(emojiPicture(id), bytes, contentType)
      const created = await createOnce(deps.attempts, note, () =>
        deps.guilds.write(params.guild_id, async (tx) => {
          const guild = tx.state.guild as Guild
          const existing = guild.emojis.find((emoji) => emoji.id === id)
          if (existing) return ok(existing)
          const actor = await tx.member(caller.id)
          if (!actor) return refuse('MISSING_ACCESS')
          if (!has(guildPermissions(tx.state, actor, facts.now), Permission.CREATE_GUILD_EXPRESSIONS))
            return refuse('MISSING_PERMISSIONS')
          const roles = rolesOfEmoji(tx, body.roles)
          if (!roles.ok) return roles
          if (guild.emojis.filter((emoji) => emoji.animated === animated).length >= MOST_EMOJIS)
            return refuse(animated ? 'TOO_MANY_ANIMATED_EMOJIS' : 'TOO_MANY_EMOJIS')
          const emoji: Emoji = { id, name: body.name, animated, roles: roles.value, user_id: caller.id }
          if (note) await deps.attempts.noteIn(tx.tx, note)
          await tx.emit(emojisUpdate(guild, [...guild.emojis, emoji]))
          await tx.audit(auditActor(request), emojiNotes(null, emoji))
          return ok(emoji)
        }),
      )
      if (created.ok) return ok({ ...guildEmojiObject(created.value), user: userObject(caller) })
      // What was refused has no picture; of what is overloaded, or a repeat, nobody knows.
      if (!facts.attemptedId && created.error.code !== 'OVERLOADED') await deps.blobs.remove(emojiPicture(id))
      return created
    },
  })
