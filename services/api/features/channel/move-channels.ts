import { Type } from 'typebox'
import { channelNotes, overwriteNotes } from '#shared/domain/guild/audit-log.ts'
import type { GuildChannel } from '#shared/domain/guild/entities.ts'
import { has, Permission } from '#shared/domain/permissions/flags.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse } from '#shared/platform/http/api-error.ts'
import { BodySnowflake, Buckets, endpoint, Nullable, Snowflake } from '#shared/platform/http/endpoint.ts'
import { guildChannelObject } from '#shared/protocol/wire/guild.ts'
import type { GuildTransaction } from '#shared/store/guild-writer.ts'
import { auditActor } from '../../audit-actor.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'
import { withFields } from './channel-body.ts'
import { manageableChannel } from './channel-manager.ts'

const MoveBody = Type.Array(
  Type.Object({
    id: BodySnowflake,
    position: Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: 100_000 }))),
    parent_id: Type.Optional(Nullable(BodySnowflake)),
    lock_permissions: Type.Optional(Nullable(Type.Boolean())),
  }),
  { maxItems: 500 },
)

/** PATCH /guilds/{guild_id}/channels: all are moved, or none is. */
export const moveChannels = (deps: ApiDeps) =>
  endpoint({
    method: 'PATCH',
    path: '/guilds/:guild_id/channels',
    tag: 'channels',
    summary: 'Modify guild channel positions',
    access: 'verified',
    bucket: Buckets.write,
    success: 204,
    schema: { params: Type.Object({ guild_id: Snowflake }), body: MoveBody },
    handle: async (request) => {
      const { params, body, facts, caller } = request
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      return toApi(
        await deps.guilds.write(params.guild_id, async (tx) => {
          for (const move of body) {
            const ids = { userId: caller.id, channelId: String(move.id) }
            const found = await manageableChannel(tx, ids, Permission.MANAGE_CHANNELS, facts.now)
            if (!found.ok) return found
            const { channel, own, grantable } = found.value
            const { position, parent_id } = move
            const synced = move.lock_permissions ? overwritesOfParent(tx, channel, parent_id) : undefined
            if (synced && !has(own, Permission.MANAGE_ROLES)) return refuse('MISSING_PERMISSIONS')
            const moved = withFields(
              tx.state,
              channel,
              { position, parent_id, permission_overwrites: synced?.map((overwrite) => ({ ...overwrite })) },
              grantable,
            )
            if (!moved.ok) return moved
            if (JSON.stringify(channel) === JSON.stringify(moved.value)) continue
            await tx.emit({
              type: 'CHANNEL_UPDATE',
              changes: [{ kind: 'channel', id: channel.id, value: moved.value }],
              d: guildChannelObject(moved.value, params.guild_id),
            })
            await tx.audit(auditActor(request), [
              ...channelNotes(channel, moved.value),
              ...overwriteNotes(channel, moved.value, tx.state.roles),
            ])
          }
          return ok(undefined) satisfies Result<void, ApiError>
        }),
      )
    },
  })

/** What `lock_permissions` makes a channel's own: the overwrites of the category that it comes into or is in. */
function overwritesOfParent(
  { state }: GuildTransaction,
  channel: GuildChannel,
  parentId: string | number | null | undefined,
) {
  const id = parentId === undefined ? channel.parent_id : parentId
  return id === null ? undefined : state.channels.get(String(id))?.permission_overwrites
}
