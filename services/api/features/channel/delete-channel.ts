import { Type } from 'typebox'
import { channelNotes } from '#shared/domain/guild/audit-log.ts'
import { ChannelType, type Guild, NAMED_CHANNELS } from '#shared/domain/guild/entities.ts'
import type { GuildChange } from '#shared/domain/guild/guild-state.ts'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { ok } from '#shared/kernel/result.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { conversationObject } from '#shared/protocol/wire/conversation.ts'
import { guildChannelObject, guildObject } from '#shared/protocol/wire/guild.ts'
import { readHeads } from '#shared/store/channel-heads.ts'
import { auditActor } from '../../audit-actor.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'
import { closeConversation } from '../conversation/close-conversation.ts'
import { remove } from '../conversation/remove-recipient.ts'
import { manageableChannel } from './channel-manager.ts'

/**
 * DELETE /channels/{channel_id}: channels of a deleted category stay, without it; a group is left, a direct
 * conversation closed.
 */
export const deleteChannel = (deps: ApiDeps) =>
  endpoint({
    method: 'DELETE',
    path: '/channels/:channel_id',
    tag: 'channels',
    summary: 'Delete channel',
    access: 'verified',
    bucket: Buckets.write,
    schema: { params: Type.Object({ channel_id: Snowflake }) },
    handle: async (request) => {
      const { params, facts, caller } = request
      const scope = await deps.scopes.channel(facts)
      if (!scope.ok) return scope
      const head = (await readHeads(deps.database.pool, [params.channel_id])).get(params.channel_id) ?? null
      if (scope.value.kind === 'conversation') {
        const isGroup = scope.value.conversation.type === ChannelType.GROUP_DM
        const left = isGroup
          ? await remove(deps, params.channel_id, caller, caller.id)
          : await closeConversation(deps, params.channel_id, caller.id)
        return left.ok ? ok(conversationObject(left.value, caller.id, head)) : left
      }
      const { guildId } = scope.value
      return toApi(
        await deps.guilds.write(guildId, async (tx) => {
          const ids = { userId: caller.id, channelId: params.channel_id }
          const found = await manageableChannel(tx, ids, Permission.MANAGE_CHANNELS, facts.now)
          if (!found.ok) return found
          for (const child of tx.state.channels.values()) {
            if (child.parent_id !== params.channel_id) continue
            const orphan = { ...child, parent_id: null }
            await tx.emit({
              type: 'CHANNEL_UPDATE',
              changes: [{ kind: 'channel', id: child.id, value: orphan }],
              d: guildChannelObject(orphan, guildId),
            })
          }
          const guild = tx.state.guild as Guild
          const object = guildChannelObject(found.value.channel, guildId)
          const deletion: GuildChange = { kind: 'channel', id: params.channel_id, value: null }
          await tx.emit({ type: 'CHANNEL_DELETE', changes: [deletion], d: object })
          const named = NAMED_CHANNELS.filter((field) => guild[field] === params.channel_id)
          if (named.length > 0) {
            const without = { ...guild, ...Object.fromEntries(named.map((field) => [field, null])) }
            await tx.emit({
              type: 'GUILD_UPDATE',
              changes: [{ kind: 'guild', id: guildId, value: without }],
              d: guildObject(without, tx.state.roles.values()),
            })
          }
          await tx.audit(auditActor(request), channelNotes(found.value.channel, null))
          return ok(guildChannelObject(found.value.channel, guildId, head))
        }),
      )
    },
  })
