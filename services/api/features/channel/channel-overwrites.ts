import { type Static, Type } from 'typebox'
import { overwriteNotes } from '#shared/domain/guild/audit-log.ts'
import { Permission } from '#shared/domain/permissions/flags.ts'
import type { Overwrite } from '#shared/domain/permissions/overwrites.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse, refuseField } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import type { RequestFacts } from '#shared/ports/request-facts.ts'
import { guildChannelObject } from '#shared/protocol/wire/guild.ts'
import { auditActor } from '../../audit-actor.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'
import { MOST_OVERWRITES, mayReplace, OverwriteBody, readOverwrite } from './channel-body.ts'
import { manageableChannel } from './channel-manager.ts'
import { followCategory } from './follow-category.ts'
import { knownOverwrites } from './known-overwrites.ts'

const path = '/channels/:channel_id/permissions/:overwrite_id'
const params = Type.Object({ channel_id: Snowflake, overwrite_id: Snowflake })
const body = Type.Omit(OverwriteBody, ['id'])

/** PUT /channels/{channel_id}/permissions/{overwrite_id} */
export const putOverwrite = (deps: ApiDeps) =>
  endpoint({
    method: 'PUT',
    path,
    tag: 'channels',
    summary: 'Edit channel permissions',
    access: 'verified',
    bucket: Buckets.write,
    success: 204,
    schema: { params, body },
    handle: async (request) => {
      const overwrite = readOverwrite({
        ...(request.body as Static<typeof body>),
        id: request.params.overwrite_id,
      })
      if (!overwrite)
        return refuseField(['allow'], 'BASE_TYPE_BAD_STRING', 'Permissions are decimal strings.')
      return replace(deps, request, overwrite)
    },
  })

/** DELETE /channels/{channel_id}/permissions/{overwrite_id} */
export const deleteOverwrite = (deps: ApiDeps) =>
  endpoint({
    method: 'DELETE',
    path,
    tag: 'channels',
    summary: 'Delete channel permission',
    access: 'verified',
    bucket: Buckets.write,
    success: 204,
    schema: { params },
    handle: (request) => replace(deps, request, undefined),
  })

async function replace(
  deps: ApiDeps,
  request: {
    params: { channel_id: string; overwrite_id: string }
    facts: RequestFacts
    caller: { id: string }
    auditReason: string | undefined
  },
  overwrite: Overwrite | undefined,
): Promise<Result<void, ApiError>> {
  const { channel_id: channelId, overwrite_id: id } = request.params
  const scope = await deps.scopes.guildChannel(request.facts)
  if (!scope.ok) return scope
  const { guildId } = scope.value
  return toApi(
    await deps.guilds.write(guildId, async (tx): Promise<Result<void, ApiError>> => {
      const found = await manageableChannel(
        tx,
        { userId: request.caller.id, channelId },
        Permission.MANAGE_ROLES,
        request.facts.now,
      )
      if (!found.ok) return found
      const { channel, grantable } = found.value
      const before = channel.permission_overwrites.find((one) => one.id === id)
      if (!overwrite && !before) return refuse('UNKNOWN_OVERWRITE')
      if (!mayReplace(grantable, before, overwrite)) return refuse('MISSING_PERMISSIONS')
      const others = channel.permission_overwrites.filter((one) => one.id !== id)
      if (overwrite && others.length >= MOST_OVERWRITES) return refuse('TOO_MANY_OVERWRITES')
      const changed = { ...channel, permission_overwrites: overwrite ? [...others, overwrite] : others }
      const known = await knownOverwrites(tx, channel, changed)
      if (!known.ok) return known
      await tx.emit({
        type: 'CHANNEL_UPDATE',
        changes: [{ kind: 'channel', id: channelId, value: changed }],
        d: guildChannelObject(changed, guildId),
      })
      await followCategory(tx, channel, changed)
      await tx.audit(auditActor(request), overwriteNotes(channel, changed, tx.state.roles))
      return ok(undefined)
    }),
  )
}
