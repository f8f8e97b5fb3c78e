import { type TSchema, Type } from 'typebox'
import { type FactKind, searchFact } from '#shared/domain/message/search-facts.ts'
import { compareIds } from '#shared/kernel/ids.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import type { ApiError } from '#shared/platform/http/api-error.ts'
import { Snowflake } from '#shared/platform/http/endpoint.ts'
import type { SearchQuery } from '#shared/ports/message-search.ts'
import { readFlag, readInteger } from '../../query.ts'

type Several = string | string[] | undefined

/** One value, or several by repeating the parameter. */
export const oneOrMore = (items: TSchema, maxItems: number) =>
  Type.Optional(Type.Unsafe<string | string[]>({ anyOf: [items, { type: 'array', items, maxItems }] }))

const ids = oneOrMore(Snowflake, 100)
const texts = (maxLength: number) => oneOrMore(Type.String({ minLength: 1, maxLength }), 100)
const flag = Type.Optional(Type.String({ pattern: '^([Tt]rue|[Ff]alse|1|0)$' }))
const choices = (values: readonly string[]) => oneOrMore(Type.String({ enum: [...values] }), values.length)
const orNot = (values: readonly string[]) => choices([...values, ...values.map((value) => `-${value}`)])

/** What both searches ask for, besides where. */
export const searchParameters = {
  content: Type.Optional(Type.String({ maxLength: 1024 })),
  slop: Type.Optional(Type.String()),
  author_id: ids,
  author_type: orNot(['user', 'bot', 'webhook']),
  mentions: ids,
  mentions_role_id: ids,
  mention_everyone: flag,
  replied_to_user_id: ids,
  replied_to_message_id: ids,
  has: orNot(['link', 'embed', 'file', 'image', 'video', 'sound', 'sticker', 'poll', 'snapshot']),
  pinned: flag,
  link_hostname: texts(256),
  embed_type: choices(['image', 'video', 'gif', 'sound', 'article']),
  embed_provider: texts(256),
  attachment_filename: texts(1024),
  attachment_extension: texts(256),
  min_id: Type.Optional(Snowflake),
  max_id: Type.Optional(Snowflake),
  include_nsfw: flag,
  sort_by: Type.Optional(Type.String({ enum: ['timestamp', 'relevance'] })),
  sort_order: Type.Optional(Type.String({ enum: ['asc', 'desc'] })),
  limit: Type.Optional(Type.String()),
  offset: Type.Optional(Type.String()),
}

export interface SearchParameters extends Partial<Record<Exclude<FactKind, 'author_id'>, string | string[]>> {
  readonly mention_everyone?: string
  readonly content?: string
  readonly slop?: string
  readonly author_id?: string | string[]
  readonly pinned?: string
  readonly min_id?: string
  readonly max_id?: string
  readonly include_nsfw?: string
  readonly sort_by?: string
  readonly sort_order?: string
  readonly limit?: string
  readonly offset?: string
}

/** Those that tell of what a message has: without the intent for it, a bot may not find out by them. */
const OF_CONTENT = [
  'content',
  'has',
  'link_hostname',
  'embed_type',
  'embed_provider',
  'attachment_filename',
  'attachment_extension',
] as const

const OF_FACTS = [
  'author_type',
  'mentions',
  'mentions_role_id',
  'replied_to_user_id',
  'replied_to_message_id',
  ...OF_CONTENT.slice(1),
] as readonly Exclude<FactKind, 'author_id' | 'mention_everyone'>[]

export const asksForContent = (query: SearchParameters): boolean =>
  OF_CONTENT.some((name) => query[name] !== undefined)

/**
 * What is asked of the messages, where and pins apart: of the values of one parameter any will do, but none of those
 * with `-` before them, and all parameters count.
 * @param before the first id that is not searched, whatever is asked for
 */
export function readSearch(
  query: SearchParameters,
  before: string,
): Result<Omit<SearchQuery, 'channelIds'>, ApiError> {
  const limit = readInteger(query.limit, 'limit', { minimum: 1, maximum: 25, otherwise: 25 })
  if (!limit.ok) return limit
  const offset = readInteger(query.offset, 'offset', { minimum: 0, maximum: 9_975, otherwise: 0 })
  if (!offset.ok) return offset
  const slop = readInteger(query.slop, 'slop', { minimum: 0, maximum: 100, otherwise: 0 })
  if (!slop.ok) return slop
  const content = query.content?.trim()
  const authorIds = listOf(query.author_id)
  return ok({
    sortOrder: query.sort_order === 'asc' ? 'asc' : 'desc',
    byRelevance: query.sort_by === 'relevance',
    limit: limit.value,
    offset: offset.value,
    ...(content && { content }),
    ...(query.slop !== undefined && { slop: slop.value }),
    ...(authorIds && { authorIds }),
    ...(query.min_id && { minId: query.min_id }),
    maxId: query.max_id && compareIds(query.max_id, before) < 0 ? query.max_id : before,
    ...factsAsked(query),
  })
}

function factsAsked(query: SearchParameters): Pick<SearchQuery, 'facts' | 'withoutFacts'> {
  const facts: string[][] = []
  const withoutFacts: string[] = []
  for (const kind of OF_FACTS) {
    const negates = kind === 'author_type' || kind === 'has'
    const values = listOf(query[kind]) ?? []
    const isOut = (value: string) => negates && value.startsWith('-')
    const any = values.filter((value) => !isOut(value))
    if (any.length > 0) facts.push(any.map((value) => searchFact(kind, value)))
    withoutFacts.push(...values.filter(isOut).map((value) => searchFact(kind, value.slice(1))))
  }
  if (query.mention_everyone !== undefined) {
    const fact = searchFact('mention_everyone', 'true')
    if (readFlag(query.mention_everyone)) facts.push([fact])
    else withoutFacts.push(fact)
  }
  return { ...(facts.length > 0 && { facts }), ...(withoutFacts.length > 0 && { withoutFacts }) }
}

export const listOf = (value: Several): readonly string[] | undefined =>
  value === undefined ? undefined : Array.isArray(value) ? value : [value]
