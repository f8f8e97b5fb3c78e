import type { StoredMessage } from '#shared/domain/message/stored-message.ts'
import type { LogEvent } from './event-log.ts'

export type PageAnchor =
  | { readonly before: string }
  | { readonly after: string }
  | { readonly around: string }

/**
 * Messages by channel in id order: a projection of the log. Writes commute (each cell takes the value with the
 * largest position, a deletion wins over all), so that anybody may apply any event, however often.
 */
export interface TimelineStore {
  /** Events that do not concern messages are ignored. */
  apply(events: readonly LogEvent[]): Promise<void>
  /** undefined: unknown here, or deleted. `viewer` decides the reactions' `me`. */
  get(channelId: string, messageId: string, viewer: string): Promise<StoredMessage | undefined>
  /** Newest first, whatever the anchor. Deleted messages and rows that miss their beginning are left out. */
  page(
    channelId: string,
    anchor: PageAnchor,
    limit: number,
    viewer: string,
  ): Promise<readonly StoredMessage[]>
  many(
    ids: readonly { channelId: string; messageId: string }[],
    viewer: string,
  ): Promise<readonly StoredMessage[]>
  /** Every message that is shown, in pages and in no order: for a search index that has to be built anew. */
  scan(): AsyncIterable<readonly StoredMessage[]>
  /** Users who reacted with an emoji, in id order after `after`. */
  reactors(
    channelId: string,
    messageId: string,
    emoji: string,
    after: string,
    limit: number,
  ): Promise<readonly string[]>
}
