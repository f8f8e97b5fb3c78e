import { searchFactsOf } from '#shared/domain/message/search-facts.ts'
import type { StoredMessage } from '#shared/domain/message/stored-message.ts'
import type { Position } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'

/**
 * What an index keeps of a message. Every event that shows a message carries all of it, so that documents are
 * replaced whole by those of a larger position.
 */
export interface SearchDocument {
  readonly id: string
  readonly position: number
  readonly channel_id: string
  readonly author_id: string
  readonly content: string
  /** As `searchFactsOf` tells them. */
  readonly facts: readonly string[]
}

/** What an event shows of a message, if it shows one. */
export function documentOfEvent(event: LogEvent): SearchDocument | undefined {
  if (event.type !== 'MESSAGE_CREATE' && event.type !== 'MESSAGE_UPDATE') return undefined
  const repliedTo = event.type === 'MESSAGE_UPDATE' ? event.facts.replied_to_user_id : undefined
  return documentOf(JSON.parse(event.d) as StoredMessage, event.position, repliedTo)
}

export const documentOf = (
  message: StoredMessage,
  position: Position,
  repliedTo?: string,
): SearchDocument => ({
  id: message.id,
  position,
  channel_id: message.channel_id,
  author_id: message.author.id,
  content: message.content,
  facts: searchFactsOf(message, repliedTo),
})

/** The newest document of each message. */
export function newestOf<T extends { readonly id: string; readonly position: number }>(
  documents: readonly T[],
): T[] {
  const newest = new Map<string, T>()
  for (const document of documents) {
    const known = newest.get(document.id)
    if (!known || known.position < document.position) newest.set(document.id, document)
  }
  return [...newest.values()]
}
