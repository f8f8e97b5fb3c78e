import { searchFactsOf } from '#shared/domain/message/search-facts.ts'
import type { StoredMessage } from '#shared/domain/message/stored-message.ts'
import { compareIds, type Position } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import type { MessageSearch, SearchHits, SearchQuery } from '#shared/ports/message-search.ts'
import { Lost, type Server } from '../engine/link.ts'
import type { SimProcess } from '../engine/process.ts'

const LOST = { lost: () => new Lost('the index is away') }

interface Document {
  readonly channelId: string
  content: string
  facts: readonly string[]
  position: number
  deleted: boolean
}

/** An index of words with external versions: the larger position wins, deletions leave a tombstone. */
export class SimulatedSearch {
  readonly #documents = new Map<string, Document>()
  readonly #server: Server

  constructor(server: Server) {
    this.#server = server
  }

  port(process: SimProcess): MessageSearch {
    return {
      apply: (events) =>
        this.#server.call(
          process,
          `apply ${events.length}`,
          () => events.forEach((event) => this.#apply(event)),
          LOST,
        ),
      rebuild: async (messages, at) => {
        for await (const page of messages)
          await this.#server.call(
            process,
            'put',
            () => page.forEach((message) => this.#put(message, at)),
            LOST,
          )
        await this.#server.call(process, 'forget', () => this.#forget(at), LOST)
      },
      search: (query) => this.#server.call(process, 'search', () => this.#search(query), LOST),
      size: (channelIds) => this.#server.call(process, 'size', () => this.#size(channelIds), LOST),
    }
  }

  /** All that would be found in a channel, in id order, for the checks. */
  contents(channelId: string): string[][] {
    return [...this.#documents]
      .filter(([, document]) => document.channelId === channelId && !document.deleted)
      .map(([id, { content }]) => [id, content])
      .sort()
  }

  #apply(event: LogEvent): void {
    switch (event.type) {
      case 'MESSAGE_CREATE':
        return this.#put(JSON.parse(event.d), event.position)
      case 'MESSAGE_UPDATE':
        return this.#put(JSON.parse(event.d), event.position, event.facts.replied_to_user_id)
      case 'MESSAGE_DELETE':
        return this.#delete(event.facts)
      case 'MESSAGE_DELETE_BULK': {
        const { channel_id } = event.facts
        for (const message_id of event.facts.ids) this.#delete({ channel_id, message_id })
      }
    }
  }

  #search({ content, facts = [], channelIds, maxId, sortOrder, limit, offset }: SearchQuery): SearchHits {
    const words = (content ?? '').toLowerCase().split(/\s+/)
    const found = [...this.#documents]
      .filter(
        ([id, document]) =>
          !document.deleted &&
          (maxId === undefined || compareIds(id, maxId) < 0) &&
          channelIds.includes(document.channelId) &&
          facts.every((any) => any.some((fact) => document.facts.includes(fact))) &&
          words.every((word) => document.content.toLowerCase().includes(word)),
      )
      .map(([messageId, { channelId }]) => ({ channelId, messageId }))
      .sort((a, b) => compareIds(a.messageId, b.messageId))
    if (sortOrder === 'desc') found.reverse()
    return { total: found.length, hits: found.slice(offset, offset + limit) }
  }

  #size(channelIds: readonly string[]): number {
    const found = ({ channelId, deleted }: Document) => !deleted && channelIds.includes(channelId)
    return [...this.#documents.values()].filter(found).length
  }

  #put(message: StoredMessage, position: number, repliedTo?: string): void {
    const { id, channel_id, content } = message
    const document = this.#document(channel_id, id)
    if (document.deleted || document.position >= position) return
    Object.assign(document, { content, facts: searchFactsOf(message, repliedTo), position })
  }

  #forget(before: Position): void {
    for (const [id, document] of this.#documents)
      if (!document.deleted && document.position < before) this.#documents.delete(id)
  }

  #delete({ channel_id, message_id }: { channel_id: string; message_id: string }): void {
    Object.assign(this.#document(channel_id, message_id), { deleted: true, content: '' })
  }

  #document(channelId: string, messageId: string): Document {
    const document = this.#documents.get(messageId) ?? {
      channelId,
      content: '',
      facts: [],
      position: 0,
      deleted: false,
    }
    this.#documents.set(messageId, document)
    return document
  }
}
