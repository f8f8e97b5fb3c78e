import { Type } from 'typebox'
import { guildPermissions, permissionsInChannel } from '#shared/domain/guild/access.ts'
import { inviteNote } from '#shared/domain/guild/audit-log.ts'
import { has, Permission } from '#shared/domain/permissions/flags.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint } from '#shared/platform/http/endpoint.ts'
import { auditActor } from '../../audit-actor.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'
import { countMembers, findInvite } from './invite-lookup.ts'
import { inviteObject } from './invite-object.ts'

/** DELETE /invites/{code}: with MANAGE_CHANNELS in its channel, or MANAGE_GUILD. */
export const deleteInvite = (deps: ApiDeps) =>
  endpoint({
    method: 'DELETE',
    path: '/invites/:code',
    tag: 'invites',
    summary: 'Delete invite',
    access: 'verified',
    bucket: Buckets.write,
    schema: { params: Type.Object({ code: Type.String() }) },
    handle: async (request) => {
      const { params, caller, facts } = request
      const found = await findInvite(deps.database.db, params.code)
      if (!found) return refuse('UNKNOWN_INVITE')
      const { guild_id, channel_id, code } = found.invite
      return toApi(
        await deps.guilds.write(guild_id, async (tx) => {
          const actor = await tx.member(caller.id)
          if (!actor) return refuse('MISSING_ACCESS')
          const channel = tx.state.channels.get(channel_id)
          const inChannel = channel ? permissionsInChannel(tx.state, actor, channel, facts.now) : 0n
          const manages =
            has(inChannel, Permission.MANAGE_CHANNELS) ||
            has(guildPermissions(tx.state, actor, facts.now), Permission.MANAGE_GUILD)
          if (!manages) return refuse('MISSING_PERMISSIONS')
          await tx.tx.deleteFrom('invites').where('code', '=', code).execute()
          await tx.emit({
            type: 'INVITE_DELETE',
            changes: [],
            channelId: channel_id,
            d: { channel_id, guild_id, code },
          })
          await tx.audit(auditActor(request), [inviteNote(found.invite, null)])
          return ok(inviteObject(found, await countMembers(tx.tx, guild_id)))
        }),
      )
    },
  })
