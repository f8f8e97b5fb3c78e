import type { StoredMessage } from '#shared/domain/message/stored-message.ts'
import type { Position } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'

/**
 * What the index keeps of a message. Every event that changes any of it carries all of it, so that documents are
 * replaced whole, and `position` is their external version.
 */
export interface SearchDocument {
  readonly id: string
  readonly position: number
  readonly channel_id?: string
  readonly author_id?: string
  readonly content?: string
}

/** Beyond every position: a tombstone stands against all events. It is in no channel, and so never found. */
const DELETED = 2 ** 53

/** The newest document of each message that the events are about. */
export function documentsOf(events: readonly LogEvent[]): SearchDocument[] {
  const newest = new Map<string, SearchDocument>()
  for (const document of events.flatMap(documentsOfEvent)) {
    const known = newest.get(document.id)
    if (!known || known.position < document.position) newest.set(document.id, document)
  }
  return [...newest.values()]
}

export const documentOfStored = ({ id, channel_id, author, content }: StoredMessage, at: Position) =>
  found({ message_id: id, channel_id, author_id: author.id }, at, content)

function documentsOfEvent(event: LogEvent): SearchDocument[] {
  switch (event.type) {
    case 'MESSAGE_CREATE':
      return [found(event.facts, event.position, (JSON.parse(event.d) as { content: string }).content)]
    case 'MESSAGE_UPDATE': {
      const { content } = event.facts.delta
      return typeof content === 'string' ? [found(event.facts, event.position, content)] : []
    }
    case 'MESSAGE_DELETE':
      return [{ id: event.facts.message_id, position: DELETED }]
    case 'MESSAGE_DELETE_BULK':
      return event.facts.ids.map((id) => ({ id, position: DELETED }))
    default:
      return []
  }
}

const found = (
  { message_id, channel_id, author_id }: { message_id: string; channel_id: string; author_id: string },
  position: Position,
  content: string,
): SearchDocument => ({ id: message_id, position, channel_id, author_id, content })
