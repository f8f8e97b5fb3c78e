import { Type } from 'typebox'
import { grantableFlags, guildPermissions } from '#shared/domain/guild/access.ts'
import { channelNotes, overwriteNotes } from '#shared/domain/guild/audit-log.ts'
import { ChannelType, type GuildChannel } from '#shared/domain/guild/entities.ts'
import { has, Permission } from '#shared/domain/permissions/flags.ts'
import { isSynced, type Overwrite } from '#shared/domain/permissions/overwrites.ts'
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
          const actor = await tx.member(caller.id)
          if (!actor) return refuse('MISSING_ACCESS')
          if (!has(guildPermissions(tx.state, actor, facts.now), Permission.MANAGE_CHANNELS))
            return refuse('MISSING_PERMISSIONS')
          for (const move of body) {
            const channel = tx.state.channels.get(String(move.id))
            if (!channel) return refuse('UNKNOWN_CHANNEL')
            const { position, parent_id } = move
            const synced = move.lock_permissions ? overwritesOfParent(tx, channel, parent_id) : undefined
            for (const right of rightsFor(tx, channel, parent_id, synced)) {
              const ids = { userId: caller.id, channelId: right.channelId }
              const found = await manageableChannel(tx, ids, right.permission, facts.now)
              if (!found.ok) return found
            }
            const moved = withFields(
              tx.state,
              channel,
              { position, parent_id, permission_overwrites: synced?.map((overwrite) => ({ ...overwrite })) },
              grantableFlags(tx.state, actor, channel, facts.now),
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

/** What else than the guild's channels one must manage: a channel that changes its category, and the category. */
function* rightsFor(
  { state }: GuildTransaction,
  channel: GuildChannel,
  parentId: string | number | null | undefined,
  synced: readonly Overwrite[] | undefined,
): Generator<{ channelId: string; permission: bigint }> {
  const parent = parentId == null ? parentId : String(parentId)
  if (parent !== undefined && parent !== channel.parent_id) {
    yield { channelId: channel.id, permission: Permission.MANAGE_CHANNELS }
    // What is no category is refused as such.
    if (parent !== null && state.channels.get(parent)?.type === ChannelType.CATEGORY)
      yield { channelId: parent, permission: Permission.MANAGE_CHANNELS }
  }
  if (synced && !isSynced(channel.permission_overwrites, synced))
    yield { channelId: channel.id, permission: Permission.MANAGE_ROLES }
}

/** What `lock_permissions` makes a channel's own: the overwrites of the category that it comes into or is in. */
function overwritesOfParent(
  { state }: GuildTransaction,
  channel: GuildChannel,
  parentId: string | number | null | undefined,
) {
  const id = parentId === undefined ? channel.parent_id : parentId
  return id === null ? undefined : state.channels.get(String(id))?.permission_overwrites
}
