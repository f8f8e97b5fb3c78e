import { searchFact } from '#shared/domain/message/search-facts.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse } from '#shared/platform/http/api-error.ts'
import type { HttpRequest } from '#shared/platform/http/endpoint.ts'
import type { SearchQuery } from '#shared/ports/message-search.ts'
import { readPinsOf } from '#shared/store/pins.ts'
import type { ApiDeps } from '../../deps.ts'
import { readFlag } from '../../query.ts'
import { asksForContent, readSearch, type SearchParameters } from './search-query.ts'

interface Searching extends Pick<HttpRequest, 'facts' | 'caller'> {
  readonly query: SearchParameters
  /** Whose history the caller may read. */
  readonly channelIds: readonly string[]
  readonly isDirect: boolean
}

/**
 * The answer of a search in some channels; what it asks for has been found right.
 *
 * A bot without MESSAGE_CONTENT that asks for content finds only what it is shown the content of: its own messages and
 * those that mention it; in conversations all.
 */
export async function runSearch(deps: ApiDeps, searching: Searching): Promise<Result<object, ApiError>> {
  const { query, channelIds, isDirect, caller, facts } = searching
  const asked = readSearch(query, facts.newId)
  if (!asked.ok) return asked
  const { facts: wanted = [], ...rest } = asked.value
  const isLimited = !isDirect && asksForContent(query) && !(await deps.presenter.readsAll(caller))
  const own = [searchFact('author_id', caller.id), searchFact('mentions', caller.id)]
  const all = isLimited ? [...wanted, own] : wanted
  if (!(await isWhole(deps))) return notReady(deps, channelIds)
  const result = await deps.search.search({
    ...rest,
    channelIds,
    ...(all.length > 0 && { facts: all }),
    ...(await pinsAsked(deps, query, channelIds)),
  })
  if (result === 'not_ready') return notReady(deps, channelIds)
  const messages = await deps.timeline.many(result.hits, caller.id)
  const shown = await deps.presenter.many(messages, caller)
  return ok({
    // There is none while a search is answered with 200, and so no `documents_indexed`.
    doing_deep_historical_index: false,
    total_results: result.total,
    messages: shown.map((message) => {
      const { reactions: _, ...rest } = message as Record<string, unknown>
      return [{ ...rest, hit: true }]
    }),
  })
}

/** A pin is a row in Postgres, and exact; an index would be late. */
async function pinsAsked(
  { database }: ApiDeps,
  { pinned }: SearchParameters,
  channelIds: readonly string[],
): Promise<Pick<SearchQuery, 'messageIds' | 'withoutMessageIds'>> {
  if (pinned === undefined) return {}
  const ids = await readPinsOf(database.db, channelIds)
  return readFlag(pinned) ? { messageIds: ids } : { withoutMessageIds: ids }
}

const notReady = async ({ search }: ApiDeps, channelIds: readonly string[]) =>
  refuse('INDEX_NOT_READY', 2, { documents_indexed: await search.size(channelIds) })

/** An index that the purge has overtaken is being built anew. The log is not asked, which may be away. */
async function isWhole({ projections }: ApiDeps): Promise<boolean> {
  const [purged, confirmed] = await Promise.all([
    projections.position('purged'),
    projections.position('search'),
  ])
  return confirmed >= purged
}
