import { type Static, Type } from 'typebox'
import { guildPermissions } from '#shared/domain/guild/access.ts'
import { guildUpdated } from '#shared/domain/guild/audit-log.ts'
import type { Guild } from '#shared/domain/guild/entities.ts'
import { has, Permission } from '#shared/domain/permissions/flags.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse, refuseField } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { guildObject } from '#shared/protocol/wire/guild.ts'
import type { GuildTransaction } from '#shared/store/guild-writer.ts'
import { auditActor } from '../../audit-actor.ts'
import type { ApiDeps } from '../../deps.ts'
import { readName } from '../../name.ts'
import { toApi } from '../../relational-refusals.ts'
import { EditGuildBody, readNamedChannels } from './guild-body.ts'

/** PATCH /guilds/{guild_id}: where nothing changes nothing is told. The owner alone hands the guild over. */
export const editGuild = (deps: ApiDeps) =>
  endpoint({
    method: 'PATCH',
    path: '/guilds/:guild_id',
    tag: 'guilds',
    summary: 'Modify guild',
    access: 'verified',
    bucket: Buckets.write,
    images: true,
    schema: {
      params: Type.Object({ guild_id: Snowflake }),
      body: EditGuildBody,
    },
    handle: async (request) => {
      const { params, body, facts, caller } = request
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      // What nobody may put there is not even kept.
      if ((body.icon || body.banner) && !has(scope.value.permissions, Permission.MANAGE_GUILD))
        return refuse('MISSING_PERMISSIONS')
      const images = await deps.images.keep(params.guild_id, {
        icon: ['icons', body.icon],
        banner: ['banners', body.banner],
      })
      if (!images.ok) return images
      return toApi(
        await deps.guilds.write(params.guild_id, async (tx) => {
          const member = await tx.member(caller.id)
          if (!member) return refuse('MISSING_ACCESS')
          if (!has(guildPermissions(tx.state, member, facts.now), Permission.MANAGE_GUILD))
            return refuse('MISSING_PERMISSIONS')
          const edited = await withBody(tx, body, caller.id)
          if (!edited.ok) return edited
          const before = tx.state.guild as Guild
          const guild: Guild = { ...edited.value, ...images.value }
          const object = guildObject(guild, tx.state.roles.values())
          const notes = guildUpdated(before, guild)
          if (notes.length === 0) return ok(object)
          await tx.emit({
            type: 'GUILD_UPDATE',
            changes: [{ kind: 'guild', id: guild.id, value: guild }],
            d: object,
          })
          await tx.audit(auditActor(request), notes)
          return ok(object)
        }),
      )
    },
  })

/** The guild with what the body says, but its images. */
async function withBody(
  tx: GuildTransaction,
  body: Static<typeof EditGuildBody>,
  actorId: string,
): Promise<Result<Guild, ApiError>> {
  const before = tx.state.guild as Guild
  const ownerId = body.owner_id == null ? before.owner_id : String(body.owner_id)
  if (ownerId !== before.owner_id) {
    if (actorId !== before.owner_id) return refuse('MISSING_PERMISSIONS')
    const heir = await tx.member(ownerId)
    if (!heir || heir.user.bot) return refuseField(['owner_id'], 'USER_INVALID', 'Not a person of this guild')
  }
  const name = body.name === undefined ? ok(before.name) : readName(body.name)
  if (!name.ok) return name
  const channels = readNamedChannels(tx.state, body)
  if (!channels.ok) return channels
  return ok({
    ...before,
    ...channels.value,
    owner_id: ownerId,
    name: name.value,
    description: body.description === undefined ? before.description : body.description,
    verification_level: body.verification_level ?? before.verification_level,
    default_message_notifications: body.default_message_notifications ?? before.default_message_notifications,
    explicit_content_filter: body.explicit_content_filter ?? before.explicit_content_filter,
    afk_timeout: body.afk_timeout ?? before.afk_timeout,
    system_channel_flags: body.system_channel_flags ?? before.system_channel_flags,
    preferred_locale: body.preferred_locale ?? before.preferred_locale,
  })
}
