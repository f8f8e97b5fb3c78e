import { Type } from 'typebox'
import { type GuildChannel, isTextual } from '#shared/domain/guild/entities.ts'
import { has, Permission } from '#shared/domain/permissions/flags.ts'
import { compareIds } from '#shared/kernel/ids.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import type { ApiDeps } from '../../deps.ts'
import { readInteger } from '../../query.ts'

const READING = Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY
const oneOrMore = Type.Optional(
  Type.Unsafe<string | string[]>({ anyOf: [Snowflake, { type: 'array', items: Snowflake, maxItems: 500 }] }),
)

/** GET /guilds/{guild_id}/messages/search: only in channels whose history the caller may read, counts included. */
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
      query: Type.Object({
        content: Type.Optional(Type.String({ maxLength: 1024 })),
        author_id: oneOrMore,
        channel_id: oneOrMore,
        min_id: Type.Optional(Snowflake),
        max_id: Type.Optional(Snowflake),
        sort_by: Type.Optional(Type.String({ enum: ['timestamp', 'relevance'] })),
        sort_order: Type.Optional(Type.String({ enum: ['asc', 'desc'] })),
        limit: Type.Optional(Type.String()),
        offset: Type.Optional(Type.String()),
      }),
    },
    handle: async ({ query, facts, caller }) => {
      const limit = readInteger(query.limit, 'limit', { minimum: 1, maximum: 25, otherwise: 25 })
      if (!limit.ok) return limit
      const offset = readInteger(query.offset, 'offset', { minimum: 0, maximum: 9_975, otherwise: 0 })
      if (!offset.ok) return offset
      const scope = await deps.scopes.guild(facts)
      if (!scope.ok) return scope
      const wanted = listOf(query.channel_id)
      const readable = (channel: GuildChannel) =>
        isTextual(channel.type) && has(scope.value.in(channel), READING)
      const channelIds = [...scope.value.state.channels.values()]
        .filter(readable)
        .map((channel) => channel.id)
        .filter((id) => !wanted || wanted.includes(id))
      const authorIds = listOf(query.author_id)
      if (!(await isWhole(deps))) return refuse('INDEX_NOT_READY', 2)
      const result = await deps.search.search({
        channelIds,
        sortOrder: query.sort_order === 'asc' ? 'asc' : 'desc',
        limit: limit.value,
        offset: offset.value,
        ...(query.content?.trim() ? { content: query.content.trim() } : {}),
        ...(authorIds ? { authorIds } : {}),
        ...(query.min_id ? { minId: query.min_id } : {}),
        // What is newer than the permission statement may be newer than the caller's right to see it.
        maxId: query.max_id && compareIds(query.max_id, facts.newId) < 0 ? query.max_id : facts.newId,
      })
      if (result === 'not_ready') return refuse('INDEX_NOT_READY', 2)
      const messages = await deps.timeline.many(result.hits, caller.id)
      const shown = await deps.presenter.many(messages, caller)
      return ok({
        doing_deep_historical_index: false,
        documents_indexed: result.total,
        total_results: result.total,
        messages: shown.map((message) => {
          const { reactions: _, ...rest } = message as Record<string, unknown>
          return [{ ...rest, hit: true }]
        }),
      })
    },
  })

/** An index that the purge has overtaken is being built anew. The log is not asked, which may be away. */
async function isWhole({ projections }: ApiDeps): Promise<boolean> {
  const [purged, confirmed] = await Promise.all([
    projections.position('purged'),
    projections.position('search'),
  ])
  return confirmed >= purged
}

const listOf = (value: string | string[] | undefined): string[] | undefined =>
  value === undefined ? undefined : Array.isArray(value) ? value : [value]
