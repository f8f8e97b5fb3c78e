import type pg from 'pg'
import type { StoredMessage } from '#shared/domain/message/stored-message.ts'
import { compareIds, type Position } from '#shared/kernel/ids.ts'
import { LostStore } from '#shared/kernel/lost-store.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import type { MessageSearch, SearchHits, SearchQuery } from '#shared/ports/message-search.ts'
import { documentOf, documentOfEvent, newestOf, type SearchDocument } from './search-documents.ts'

/** Half of a pool's connections: however many search, and however long it takes, the others are served. */
const MOST_AT_ONCE = 8
/** What counts words in all of long messages, or compares their places, may take minutes. */
const TIMEOUT_MS = 5_000
const QUERY_CANCELED = '57014'

/** After an upgrade, until the log has been applied once more. */
const UNFILLED = `select from search_documents where not deleted and facts = '{}' limit 1`

/** Search by Postgres full text: whole words, any case, no stemming (messages are in any language). */
export class PostgresMessageSearch implements MessageSearch {
  readonly #pool: pg.Pool
  readonly #timeoutMs: number
  #underWay = 0

  constructor(pool: pg.Pool, { timeoutMs = TIMEOUT_MS } = {}) {
    this.#pool = pool
    this.#timeoutMs = timeoutMs
  }

  async apply(events: readonly LogEvent[]): Promise<void> {
    for (const event of events) {
      if (event.type === 'MESSAGE_DELETE') {
        await this.#delete(event.facts.channel_id, [event.facts.message_id])
      } else if (event.type === 'MESSAGE_DELETE_BULK') {
        await this.#delete(event.facts.channel_id, event.facts.ids)
      }
    }
    await this.#put(events.flatMap((event) => documentOfEvent(event) ?? []))
  }

  async rebuild(messages: AsyncIterable<readonly StoredMessage[]>, at: Position): Promise<void> {
    for await (const page of messages) {
      await this.#put(page.map((message) => documentOf(message, at)))
    }
    // What is older and was not among them has been deleted.
    await this.#pool.query('delete from search_documents where not deleted and content_position < $1', [at])
  }

  async search(query: SearchQuery): Promise<SearchHits | 'not_ready'> {
    if (this.#underWay >= MOST_AT_ONCE) return 'not_ready'
    this.#underWay++
    const rows = await this.#find(query).finally(() => this.#underWay--)
    if (!rows) return 'not_ready'
    return {
      total: Number(rows[0]?.total ?? 0),
      hits: rows.flatMap(({ channel_id, message_id }) =>
        channel_id === null ? [] : { channelId: channel_id, messageId: message_id },
      ),
    }
  }

  async size(channelIds: readonly string[]): Promise<number> {
    const { rows } = await this.#pool.query<{ count: string }>(
      'select count(*) from search_documents where not deleted and channel_id = any($1::bigint[])',
      [channelIds],
    )
    return Number(rows[0]?.count)
  }

  /** undefined: the facts that are asked for are not there yet. */
  async #find(query: SearchQuery): Promise<Row[] | undefined> {
    const { text, values } = searchStatement(query)
    const connection = await this.#pool.connect()
    try {
      await connection.query(`begin; set local statement_timeout = ${this.#timeoutMs}`)
      if ((query.facts || query.withoutFacts) && (await connection.query(UNFILLED)).rows.length > 0)
        return undefined
      return (await connection.query<Row>(text, values)).rows
    } catch (error) {
      if ((error as { code?: string }).code !== QUERY_CANCELED) throw error
      throw new LostStore('a search takes too long', { cause: error })
    } finally {
      await connection.query('rollback').then(
        () => connection.release(),
        (error) => connection.release(error),
      )
    }
  }

  /** In id order: a statement touches a row once, and waits in one direction only. */
  async #put(documents: readonly SearchDocument[]): Promise<void> {
    const rows = newestOf(documents).sort((a, b) => compareIds(a.id, b.id))
    if (rows.length === 0) return
    await this.#pool.query({
      name: 'search-put',
      // No fact has a line break.
      text: `insert into search_documents (message_id, channel_id, author_id, content, facts, content_position)
             select id, channel_id, author_id, content, string_to_array(facts, E'\n'), position
             from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[])
               as new (id, channel_id, author_id, content, facts, position)
             on conflict (message_id) do update set content = excluded.content, facts = excluded.facts,
               content_position = excluded.content_position
             where not search_documents.deleted and search_documents.content_position < excluded.content_position`,
      values: [
        rows.map((row) => row.id),
        rows.map((row) => row.channel_id),
        rows.map((row) => row.author_id),
        rows.map((row) => textOf(row.content)),
        rows.map((row) => textOf(row.facts.join('\n'))),
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
             on conflict (message_id) do update set deleted = true, content = '', facts = '{}'`,
      values: [channelId, ids],
    })
  }
}

interface Row {
  readonly channel_id: string | null
  readonly message_id: string
  readonly total: string
}

/** Only what is asked for is in the statement, so that the indices that serve it are chosen. */
function searchStatement(query: SearchQuery): { text: string; values: unknown[] } {
  const { content, slop, authorIds, minId, maxId, channelIds, messageIds, withoutMessageIds } = query
  const { facts = [], withoutFacts, byRelevance, sortOrder, limit, offset } = query
  const values: unknown[] = []
  const given = (value: unknown) => `$${values.push(value)}`
  const words = given(content === undefined ? null : textOf(content))
  const conditions = [
    'not deleted',
    `channel_id = any(${given(channelIds)}::bigint[])`,
    content !== undefined && 'words @@ query',
    content !== undefined && slop !== undefined && `words_are_close(words, lexemes, ${given(slop)})`,
    authorIds && `author_id = any(${given(authorIds)}::bigint[])`,
    minId && `message_id > ${given(minId)}`,
    maxId && `message_id < ${given(maxId)}`,
    messageIds && `message_id = any(${given(messageIds)}::bigint[])`,
    withoutMessageIds && `message_id <> all(${given(withoutMessageIds)}::bigint[])`,
    ...facts.map((any) => `facts && ${given(any.map(textOf))}::text[]`),
    withoutFacts && `not facts && ${given(withoutFacts.map(textOf))}::text[]`,
  ].filter(Boolean)
  // 1: the longer the message, the less each word counts.
  const rank = byRelevance && content !== undefined ? 'ts_rank(words, query, 1)' : '0'
  const order = byRelevance
    ? 'order by rank desc, message_id desc'
    : `order by message_id ${sortOrder === 'asc' ? 'asc' : 'desc'}`
  return {
    // The total stands beside the page, since it is wanted beyond the last page too.
    // Words apart: of a constant with thousands of them the planner runs out of stack.
    text: `with asked as materialized (
             select plainto_tsquery('simple', ${words}) as query,
               tsvector_to_array(to_tsvector('simple', ${words})) as lexemes),
           found as (
             select channel_id, message_id, ${rank} as rank from search_documents, asked
             where ${conditions.join(' and ')})
           select channel_id, message_id, total from (select count(*) as total from found) as counted
           left join (select * from found ${order} limit ${given(limit)} offset ${given(offset)}) as page on true ${order}`,
    values,
  }
}

/** Postgres' text takes no U+0000; no word has one. */
const textOf = (content: string): string => content.replaceAll('\0', ' ')
