import { Type } from 'typebox'
import type { GuildChannel } from '#shared/domain/guild/entities.ts'
import { has, Permission } from '#shared/domain/permissions/flags.ts'
import { ok } from '#shared/kernel/result.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { conversationObject } from '#shared/protocol/wire/conversation.ts'
import { guildChannelObject, sortedChannels } from '#shared/protocol/wire/guild.ts'
import { readHeads } from '#shared/store/channel-heads.ts'
import type { ApiDeps } from '../../deps.ts'

/** GET /guilds/{guild_id}/channels: those that the caller sees. */
export const getGuildChannels = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/guilds/:guild_id/channels',
    tag: 'channels',
    summary: 'Get guild channels',
    access: 'verified',
    bucket: Buckets.read,
    schema: { params: Type.Object({ guild_id: Snowflake }) },
    handle: async ({ facts }) => {
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      const { state, guildId } = scope.value
      const visible = (channel: GuildChannel) => has(scope.value.in(channel), Permission.VIEW_CHANNEL)
      const channels = sortedChannels(state.channels.values()).filter(visible)
      const heads = await readHeads(
        deps.database.pool,
        channels.map(({ id }) => id),
      )
      return ok(
        channels.map((channel) => guildChannelObject(channel, guildId, heads.get(channel.id) ?? null)),
      )
    },
  })

/** GET /channels/{channel_id} */
export const getChannel = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/channels/:channel_id',
    tag: 'channels',
    summary: 'Get channel',
    access: 'verified',
    bucket: Buckets.read,
    schema: { params: Type.Object({ channel_id: Snowflake }) },
    handle: async ({ params, facts, caller }) => {
      const scope = await deps.scopes.channel(facts)
      if (!scope.ok) return scope
      const head = (await readHeads(deps.database.pool, [params.channel_id])).get(params.channel_id) ?? null
      return ok(
        scope.value.kind === 'conversation'
          ? conversationObject(scope.value.conversation, caller.id, head)
          : guildChannelObject(scope.value.channel, scope.value.guildId, head),
      )
    },
  })
