import type { StoredMessage } from '#shared/domain/message/stored-message.ts'
import type { Position } from '#shared/kernel/ids.ts'
import type { LogEvent } from './event-log.ts'

/** What a message must be to be found: all of it. */
export interface SearchQuery {
  /** Words that must all be in the message; undefined: any message. */
  readonly content?: string
  /** With `content`: the most other words between its words, which may be in any order. undefined: any number. */
  readonly slop?: number
  readonly authorIds?: readonly string[]
  readonly minId?: string
  readonly maxId?: string
  /** The only messages searched; undefined: all. */
  readonly messageIds?: readonly string[]
  readonly withoutMessageIds?: readonly string[]
  /** Of each list the message has at least one fact, as `searchFactsOf` tells them. */
  readonly facts?: readonly (readonly string[])[]
  /** The message has none of them. */
  readonly withoutFacts?: readonly string[]
  /** The only channels searched: those that the caller may read [VIS-7]. */
  readonly channelIds: readonly string[]
  /** Those first that have the words of `content` most often for their length, and of equal ones the newest. */
  readonly byRelevance?: boolean
  /** By id; counts only without `byRelevance`. */
  readonly sortOrder: 'asc' | 'desc'
  readonly limit: number
  readonly offset: number
}

export interface SearchHits {
  readonly total: number
  readonly hits: readonly { readonly channelId: string; readonly messageId: string }[]
}

/** The search index, a projection of the log. */
export interface MessageSearch {
  /** Applies events of messages, in any order, any number of times: the larger position wins, deletion always. */
  apply(events: readonly LogEvent[]): Promise<void>
  /**
   * Builds the index anew: `messages` is all that there was at a position. Events after it, applied before,
   * meanwhile or later, stand.
   */
  rebuild(messages: AsyncIterable<readonly StoredMessage[]>, at: Position): Promise<void>
  /**
   * 'not_ready': the index is being built, busy or away, or is of an older version and cannot tell what is asked; the
   * honest answer is 202.
   * @throws LostStore when it takes too long
   */
  search(query: SearchQuery): Promise<SearchHits | 'not_ready'>
  /** How many messages there are to find in channels; 0 when the index is away, as nothing can be found. */
  size(channelIds: readonly string[]): Promise<number>
}
