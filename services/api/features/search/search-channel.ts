import { Type } from 'typebox'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import type { ApiDeps } from '../../deps.ts'
import { readFlag } from '../../query.ts'
import { may } from '../../scope.ts'
import { runSearch } from './run-search.ts'
import { searchParameters } from './search-query.ts'

/**
 * GET /channels/{channel_id}/messages/search, of a conversation or of a guild's channel: as in the guild. Who may not
 * read the history finds nothing. An age-restricted channel is searched unless `include_nsfw` is false.
 */
export const searchChannel = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/channels/:channel_id/messages/search',
    tag: 'search',
    summary: 'Search channel messages',
    access: 'verified',
    bucket: Buckets.search,
    schema: { params: Type.Object({ channel_id: Snowflake }), query: Type.Object(searchParameters) },
    handle: async (request) => {
      const { params, query, facts } = request
      const scope = await deps.scopes.textChannel(facts)
      if (!scope.ok) return scope
      const isDirect = scope.value.kind === 'conversation'
      const isNsfw = scope.value.kind === 'guild_channel' && scope.value.channel.nsfw
      const isSearched =
        may(scope.value, Permission.READ_MESSAGE_HISTORY) &&
        (!isNsfw || readFlag(query.include_nsfw ?? 'true'))
      return runSearch(deps, { ...request, channelIds: isSearched ? [params.channel_id] : [], isDirect })
    },
  })
