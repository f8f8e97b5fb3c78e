import type { LogEvent } from '#shared/ports/event-log.ts'
import { documentOfEvent, newestOf, type SearchDocument } from './search-documents.ts'

/** A deleted message leaves a document that is in no channel, and so never found. `position` is the version. */
export type OpenSearchDocument = SearchDocument | { readonly id: string; readonly position: number }

/** Beyond every position: a tombstone stands against all events. */
const DELETED = 2 ** 53

/** The newest document of each message that the events are about. */
export const documentsOf = (events: readonly LogEvent[]): OpenSearchDocument[] =>
  newestOf(events.flatMap(documentsOfEvent))

function documentsOfEvent(event: LogEvent): OpenSearchDocument[] {
  switch (event.type) {
    case 'MESSAGE_DELETE':
      return [{ id: event.facts.message_id, position: DELETED }]
    case 'MESSAGE_DELETE_BULK':
      return event.facts.ids.map((id) => ({ id, position: DELETED }))
    default: {
      const document = documentOfEvent(event)
      return document ? [document] : []
    }
  }
}
