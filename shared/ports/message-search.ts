import type { StoredMessage } from '#shared/domain/message/stored-message.ts'
import type { Position } from '#shared/kernel/ids.ts'
import type { LogEvent } from './event-log.ts'

export interface SearchQuery {
  /** Words that must all be in the message; undefined: any message. */
  readonly content?: string
  readonly authorIds?: readonly string[]
  readonly minId?: string
  readonly maxId?: string
  /** The only channels searched: those that the caller may read [VIS-7]. */
  readonly channelIds: readonly string[]
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
  /** 'not_ready': the index is being built or away; the honest answer is 202. */
  search(query: SearchQuery): Promise<SearchHits | 'not_ready'>
}
