import type pg from 'pg'
import type { StoredMessage } from '#shared/domain/message/stored-message.ts'
import { compareIds, type Position } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import type { MessageSearch, SearchHits, SearchQuery } from '#shared/ports/message-search.ts'

interface Document {
  readonly channel_id: string
  readonly message_id: string
  readonly author_id: string
  readonly position: number
  readonly content: string
}

/** Search by Postgres full text: whole words, any case, no stemming (messages are in any language). */
export class PostgresMessageSearch implements MessageSearch {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async apply(events: readonly LogEvent[]): Promise<void> {
    const documents: Document[] = []
    for (const event of events) {
      if (event.type === 'MESSAGE_CREATE') {
        const { content } = JSON.parse(event.d) as { content: string }
        documents.push({ ...event.facts, position: event.position, content })
      } else if (event.type === 'MESSAGE_UPDATE' && typeof event.facts.delta.content === 'string') {
        documents.push({ ...event.facts, position: event.position, content: event.facts.delta.content })
      } else if (event.type === 'MESSAGE_DELETE') {
        await this.#delete(event.facts.channel_id, [event.facts.message_id])
      } else if (event.type === 'MESSAGE_DELETE_BULK') {
        await this.#delete(event.facts.channel_id, event.facts.ids)
      }
    }
    await this.#put(documents)
  }

  async rebuild(messages: AsyncIterable<readonly StoredMessage[]>, at: Position): Promise<void> {
    for await (const page of messages) {
      await this.#put(
        page.map(({ id, channel_id, author, content }) => ({
          channel_id,
          message_id: id,
          author_id: author.id,
          position: at,
          content,
        })),
      )
    }
    // What is older and was not among them has been deleted.
    await this.#pool.query('delete from search_documents where not deleted and content_position < $1', [at])
  }

  async search(query: SearchQuery): Promise<SearchHits> {
    const order = `order by message_id ${query.sortOrder === 'asc' ? 'asc' : 'desc'}`
    const { rows } = await this.#pool.query<{ channel_id: string | null; message_id: string; total: string }>(
      {
        name: `search-${query.sortOrder}`,
        // The total stands beside the page, since it is wanted beyond the last page too.
        text: `with found as (
               select channel_id, message_id from search_documents
               where not deleted and channel_id = any($1::bigint[])
                 and ($2::text is null or words @@ plainto_tsquery('simple', $2))
                 and ($3::bigint[] is null or author_id = any($3))
                 and ($4::bigint is null or message_id > $4) and ($5::bigint is null or message_id < $5))
             select channel_id, message_id, total from (select count(*) as total from found) as counted
             left join (select * from found ${order} limit $6 offset $7) as page on true ${order}`,
        values: [
          query.channelIds,
          query.content === undefined ? null : textOf(query.content),
          query.authorIds ?? null,
          query.minId ?? null,
          query.maxId ?? null,
          query.limit,
          query.offset,
        ],
      },
    )
    return {
      total: Number(rows[0]?.total ?? 0),
      hits: rows.flatMap(({ channel_id, message_id }) =>
        channel_id === null ? [] : { channelId: channel_id, messageId: message_id },
      ),
    }
  }

  /** The newest of each message, in id order: a statement touches a row once, and waits in one direction only. */
  async #put(documents: readonly Document[]): Promise<void> {
    const newest = new Map<string, Document>()
    for (const document of documents) {
      const known = newest.get(document.message_id)
      if (!known || known.position < document.position) newest.set(document.message_id, document)
    }
    if (newest.size === 0) return
    const rows = [...newest.values()].sort((a, b) => compareIds(a.message_id, b.message_id))
    await this.#pool.query({
      name: 'search-put',
      text: `insert into search_documents (message_id, channel_id, author_id, content, content_position)
             select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[])
             on conflict (message_id) do update set content = excluded.content, content_position = excluded.content_position
             where not search_documents.deleted and search_documents.content_position < excluded.content_position`,
      values: [
        rows.map((row) => row.message_id),
        rows.map((row) => row.channel_id),
        rows.map((row) => row.author_id),
        rows.map((row) => textOf(row.content)),
        rows.map((row) => row.position),
      ],
    })
  }

  /** In id order, so that two deletions at once wait for each other in one direction only. */
  async #delete(channelId: string, ids: readonly string[]): Promise<void> {
    await this.#pool.query({
      name: 'search-delete',
      text: `insert into search_documents (message_id, channel_id, deleted)
             select distinct id, $1::bigint, true from unnest($2::bigint[]) as id order by id
             on conflict (message_id) do update set deleted = true, content = ''`,
      values: [channelId, ids],
    })
  }
}

/** Postgres' text takes no U+0000; no word has one. */
const textOf = (content: string): string => content.replaceAll('\0', ' ')
