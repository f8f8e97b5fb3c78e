import { Type } from 'typebox'
import { channelNotes, overwriteNotes } from '#shared/domain/guild/audit-log.ts'
import { ChannelType } from '#shared/domain/guild/entities.ts'
import { has, Permission } from '#shared/domain/permissions/flags.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { conversationObject } from '#shared/protocol/wire/conversation.ts'
import { guildChannelObject } from '#shared/protocol/wire/guild.ts'
import { readHeads } from '#shared/store/channel-heads.ts'
import { auditActor } from '../../audit-actor.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'
import { editGroup } from '../conversation/edit-group.ts'
import { EditChannelBody, withFields } from './channel-body.ts'
import { manageableChannel } from './channel-manager.ts'
import { followCategory } from './follow-category.ts'
import { knownOverwrites } from './known-overwrites.ts'

/**
 * PATCH /channels/{channel_id}: of a guild, or a group, of which name and icon may be changed. Where nothing changes nothing is
 * told.
 */
export const editChannel = (deps: ApiDeps) =>
  endpoint({
    method: 'PATCH',
    path: '/channels/:channel_id',
    tag: 'channels',
    summary: 'Modify channel',
    access: 'verified',
    bucket: Buckets.write,
    images: true,
    schema: { params: Type.Object({ channel_id: Snowflake }), body: EditChannelBody },
    handle: async (request) => {
      const { params, body, facts, caller } = request
      const found = await deps.scopes.channel(facts)
      if (!found.ok) return found
      if (found.value.kind === 'conversation') {
        if (found.value.conversation.type !== ChannelType.GROUP_DM) return refuse('NOT_IN_DM')
        const group = await editGroup(deps, params.channel_id, caller, body)
        if (!group.ok) return group
        const heads = await readHeads(deps.database.pool, [params.channel_id])
        return ok(conversationObject(group.value, caller.id, heads.get(params.channel_id) ?? null))
      }
      const { guildId } = found.value
      const head = (await readHeads(deps.database.pool, [params.channel_id])).get(params.channel_id) ?? null
      return toApi(
        await deps.guilds.write(guildId, async (tx) => {
          const ids = { userId: caller.id, channelId: params.channel_id }
          const managed = await manageableChannel(tx, ids, Permission.MANAGE_CHANNELS, facts.now)
          if (!managed.ok) return managed
          if (body.permission_overwrites != null && !has(managed.value.own, Permission.MANAGE_ROLES))
            return refuse('MISSING_PERMISSIONS')
          const channel = withFields(tx.state, managed.value.channel, body, managed.value.grantable)
          if (!channel.ok) return channel
          const before = managed.value.channel
          const known = await knownOverwrites(tx, before, channel.value)
          if (!known.ok) return known
          const object = guildChannelObject(channel.value, guildId)
          const notes = [
            ...channelNotes(before, channel.value),
            ...overwriteNotes(before, channel.value, tx.state.roles),
          ]
          const answer = guildChannelObject(channel.value, guildId, head)
          if (notes.length === 0) return ok(answer)
          await tx.emit({
            type: 'CHANNEL_UPDATE',
            changes: [{ kind: 'channel', id: params.channel_id, value: channel.value }],
            d: object,
          })
          await followCategory(tx, before, channel.value)
          await tx.audit(auditActor(request), notes)
          return ok(answer)
        }),
      )
    },
  })
