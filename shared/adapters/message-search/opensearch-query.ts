import type { SearchQuery } from '#shared/ports/message-search.ts'

/** The body of a search. Ids are text on the way, since JSON's numbers end at 2^53. */
export function searchBody(query: SearchQuery) {
  const { content, authorIds, minId, maxId, channelIds, sortOrder, limit, offset } = query
  return {
    query: {
      bool: {
        filter: [
          { terms: { channel_id: channelIds } },
          ...(content === undefined ? [] : [{ match: { content: { query: content, operator: 'and' } } }]),
          ...(authorIds === undefined ? [] : [{ terms: { author_id: authorIds } }]),
          ...(minId === undefined ? [] : [{ range: { id: { gt: minId } } }]),
          ...(maxId === undefined ? [] : [{ range: { id: { lt: maxId } } }]),
        ],
      },
    },
    sort: [{ id: sortOrder }],
    from: offset,
    size: limit,
    track_total_hits: true,
    _source: ['channel_id'],
  }
}
