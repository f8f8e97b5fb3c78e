import { Type } from 'typebox'
import { type GuildChannel, isTextual } from '#shared/domain/guild/entities.ts'
import { has, Permission } from '#shared/domain/permissions/flags.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import type { ApiDeps } from '../../deps.ts'
import { readFlag } from '../../query.ts'
import { runSearch } from './run-search.ts'
import { listOf, oneOrMore, searchParameters } from './search-query.ts'

const READING = Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY

/**
 * GET /guilds/{guild_id}/messages/search: only in channels whose history the caller may read, counts included.
 * Without `slop` the words of `content` may stand anywhere in the message. Age-restricted channels are searched if
 * `include_nsfw` says so or, where it is left out, if `channel_id` names them. `sort_order` counts only with
 * `sort_by=timestamp`.
 */
export const searchMessages = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/guilds/:guild_id/messages/search',
    tag: 'search',
    summary: 'Search guild messages',
    access: 'verified',
    bucket: Buckets.search,
    schema: {
      params: Type.Object({ guild_id: Snowflake }),
      query: Type.Object({ ...searchParameters, channel_id: oneOrMore(Snowflake, 500) }),
    },
    handle: async (request) => {
      const { query, facts } = request
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      const wanted = listOf(query.channel_id)
      const readable = (channel: GuildChannel) =>
        isTextual(channel.type) && has(scope.value.in(channel), READING)
      const withNsfw = query.include_nsfw === undefined ? wanted !== undefined : readFlag(query.include_nsfw)
      const channels = [...scope.value.state.channels.values()].filter(readable)
      const channelIds = channels
        .filter(({ id, nsfw }) => (wanted?.includes(id) ?? true) && (withNsfw || !nsfw))
        .map(({ id }) => id)
      return runSearch(deps, { ...request, channelIds, isDirect: false })
    },
  })
