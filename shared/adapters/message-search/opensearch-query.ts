import type { SearchQuery } from '#shared/ports/message-search.ts'

/** Of one query for terms, as the server allows by default. */
const MOST_TERMS = 65_536

/** The body of a search. Ids are text on the way, since JSON's numbers end at 2^53. */
export function searchBody(query: SearchQuery) {
  const { content, slop, authorIds, minId, maxId, channelIds, messageIds, withoutMessageIds } = query
  const { facts = [], withoutFacts = [], byRelevance, sortOrder, limit, offset } = query
  return {
    query: {
      bool: {
        must: content === undefined ? [] : [{ match: { content: { query: content, operator: 'and' } } }],
        filter: [
          { terms: { channel_id: channelIds } },
          // Beside the other: of a text without words the server cannot tell intervals.
          ...(content === undefined || slop === undefined ? [] : [together(content, slop)]),
          ...(authorIds === undefined ? [] : [{ terms: { author_id: authorIds } }]),
          ...(minId === undefined ? [] : [{ range: { id: { gt: minId } } }]),
          ...(maxId === undefined ? [] : [{ range: { id: { lt: maxId } } }]),
          ...(messageIds === undefined
            ? []
            : [{ bool: { should: idsAmong(messageIds), minimum_should_match: 1 } }]),
          ...facts.map((any) => ({ terms: { facts: any } })),
        ],
        must_not: [{ terms: { facts: withoutFacts } }, ...idsAmong(withoutMessageIds ?? [])],
      },
    },
    sort: byRelevance ? [{ _score: 'desc' }, { id: 'desc' }] : [{ id: sortOrder }],
    from: offset,
    size: limit,
    track_total_hits: true,
    _source: ['channel_id'],
  }
}

const together = (query: string, slop: number) => ({
  intervals: { content: { match: { query, max_gaps: slop, ordered: false } } },
})

/** No ids are one part, which nothing is among. */
function idsAmong(ids: readonly string[]) {
  const parts = Array.from({ length: Math.ceil(ids.length / MOST_TERMS) || 1 }, (_, part) =>
    ids.slice(part * MOST_TERMS, (part + 1) * MOST_TERMS),
  )
  return parts.map((part) => ({ terms: { id: part } }))
}
