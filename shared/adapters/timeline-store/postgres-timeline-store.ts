import type pg from 'pg'
import type { ReactionCount, StoredMessage } from '#shared/domain/message/stored-message.ts'
import { compareIds } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import type { PageAnchor, TimelineStore } from '#shared/ports/timeline-store.ts'

interface Row {
  readonly channel_id: string
  readonly message_id: string
  readonly created: string
  /** v is JSON in a text: jsonb itself refuses U+0000 and halves of surrogate pairs, and reorders keys. */
  readonly cells: Readonly<Record<string, { readonly v: string; readonly p: number }>>
}

/** The cells that mark all reactions, or those with one emoji, as cleared up to their position. */
const CLEARED = 'cleared'
const cleared = (emoji: string) => `${CLEARED}:${emoji}`
const COUNTS = `present and position > greatest(
  (cells->'${CLEARED}'->>'p')::bigint, (cells->('${CLEARED}:' || emoji)->>'p')::bigint, 0)`

const SCAN_PAGE = 500
const VISIBLE = 'created is not null and deleted_position is null'
const SELECT = `select channel_id, message_id, created, cells from timeline where ${VISIBLE}`

/** The message timeline in Postgres tables: the standalone's, and the reference for the CQL one. */
export class PostgresTimelineStore implements TimelineStore {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async apply(events: readonly LogEvent[]): Promise<void> {
    // Writes commute: their order is free.
    await this.#create(events.filter((event) => event.type === 'MESSAGE_CREATE'))
    for (const event of events) await this.#change(event)
  }

  /** In id order, so that two at once wait for each other in one direction only. */
  async #create(events: readonly Extract<LogEvent, { type: 'MESSAGE_CREATE' }>[]): Promise<void> {
    const byId = new Map(events.map((event) => [event.facts.message_id, event]))
    if (byId.size === 0) return
    const rows = [...byId.values()].sort((a, b) => compareIds(a.facts.message_id, b.facts.message_id))
    await this.#write(
      'timeline-create',
      `insert into timeline (channel_id, message_id, author_id, created)
       select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[])
       on conflict (channel_id, message_id) do update set author_id = excluded.author_id, created = excluded.created
       where timeline.created is null and timeline.deleted_position is null`,
      [
        rows.map(({ facts }) => facts.channel_id),
        rows.map(({ facts }) => facts.message_id),
        rows.map(({ facts }) => facts.author_id),
        rows.map(({ d }) => d),
      ],
    )
  }

  async #change(event: LogEvent): Promise<void> {
    switch (event.type) {
      case 'MESSAGE_UPDATE':
        return this.#mergeCells(event.facts, event.facts.delta, event.position)
      case 'MESSAGE_DELETE':
        return this.#delete(event.facts.channel_id, [event.facts.message_id], event.position)
      case 'MESSAGE_DELETE_BULK':
        return this.#delete(event.facts.channel_id, event.facts.ids, event.position)
      case 'MESSAGE_REACTION_ADD':
      case 'MESSAGE_REACTION_REMOVE':
        return this.#write(
          'timeline-react',
          `insert into timeline_reactions (channel_id, message_id, emoji, user_id, present, position)
           values ($1, $2, $3, $4, $5, $6)
           on conflict (channel_id, message_id, emoji, user_id) do update
           set present = excluded.present, position = excluded.position
           where timeline_reactions.position < excluded.position`,
          [
            event.facts.channel_id,
            event.facts.message_id,
            event.facts.emoji,
            event.facts.user_id,
            event.type === 'MESSAGE_REACTION_ADD',
            event.position,
          ],
        )
      case 'MESSAGE_REACTION_REMOVE_ALL':
        return this.#mergeCells(event.facts, { [CLEARED]: true }, event.position)
      case 'MESSAGE_REACTION_REMOVE_EMOJI':
        return this.#mergeCells(event.facts, { [cleared(event.facts.emoji)]: true }, event.position)
    }
  }

  async get(channelId: string, messageId: string, viewer: string): Promise<StoredMessage | undefined> {
    return (await this.many([{ channelId, messageId }], viewer))[0]
  }

  async many(
    ids: readonly { channelId: string; messageId: string }[],
    viewer: string,
  ): Promise<StoredMessage[]> {
    if (ids.length === 0) return []
    const { rows } = await this.#pool.query<Row>({
      name: 'timeline-many',
      text: `${SELECT} and (channel_id, message_id) in (select * from unnest($1::bigint[], $2::bigint[]))`,
      values: [ids.map(({ channelId }) => channelId), ids.map(({ messageId }) => messageId)],
    })
    const found = new Map((await this.#withReactions(rows, viewer)).map((message) => [message.id, message]))
    return ids.flatMap(({ messageId }) => found.get(messageId) ?? [])
  }

  async page(channelId: string, anchor: PageAnchor, limit: number, viewer: string): Promise<StoredMessage[]> {
    const older = (id: string, count: number, included: boolean) =>
      this.#side(
        'older',
        `message_id ${included ? '<=' : '<'} $2 order by message_id desc`,
        channelId,
        id,
        count,
      )
    const newer = (id: string, count: number) =>
      this.#side('newer', 'message_id > $2 order by message_id', channelId, id, count)
    let rows: Row[]
    if ('before' in anchor) rows = await older(anchor.before, limit, false)
    else if ('after' in anchor) rows = (await newer(anchor.after, limit)).reverse()
    else {
      const above = await newer(anchor.around, limit - Math.ceil((limit + 1) / 2))
      rows = [...above.reverse(), ...(await older(anchor.around, limit - above.length, true))]
      rows = rows.slice(0, limit)
    }
    return this.#withReactions(rows, viewer)
  }

  async *scan(): AsyncGenerator<readonly StoredMessage[]> {
    for (let after: Pick<Row, 'channel_id' | 'message_id'> = { channel_id: '0', message_id: '0' }; ; ) {
      const { rows } = await this.#pool.query<Row>({
        name: 'timeline-scan',
        text: `${SELECT} and (channel_id, message_id) > ($1, $2) order by channel_id, message_id limit $3`,
        values: [after.channel_id, after.message_id, SCAN_PAGE],
      })
      if (rows.length === 0) return
      yield await this.#withReactions(rows, '0')
      after = rows.at(-1) as Row
    }
  }

  async reactors(
    channelId: string,
    messageId: string,
    emoji: string,
    after: string,
    limit: number,
  ): Promise<string[]> {
    const { rows } = await this.#pool.query<{ user_id: string }>({
      name: 'timeline-reactors',
      text: `select r.user_id from timeline_reactions r join timeline t using (channel_id, message_id)
             where channel_id = $1 and message_id = $2 and emoji = $3 and user_id > $4
               and ${VISIBLE} and ${COUNTS}
             order by user_id limit $5`,
      values: [channelId, messageId, emoji, after, limit],
    })
    return rows.map((row) => row.user_id)
  }

  async #side(name: string, condition: string, channelId: string, id: string, count: number): Promise<Row[]> {
    if (count <= 0) return []
    const { rows } = await this.#pool.query<Row>({
      name: `timeline-${name}${condition.includes('<=') ? '-or-equal' : ''}`,
      text: `${SELECT} and channel_id = $1 and ${condition} limit $3`,
      values: [channelId, id, count],
    })
    return rows
  }

  async #withReactions(rows: readonly Row[], viewer: string): Promise<StoredMessage[]> {
    const reactions = await this.#countReactions(rows, viewer)
    return rows.map((row) => {
      const message = JSON.parse(row.created) as StoredMessage
      const edits = Object.entries(row.cells)
        .filter(([name]) => !name.startsWith(CLEARED))
        .map(([name, cell]) => [name, JSON.parse(cell.v)])
      return { ...message, ...Object.fromEntries(edits), reactions: reactions.get(row.message_id) ?? [] }
    })
  }

  /** In the order in which each emoji was first used. */
  async #countReactions(rows: readonly Row[], viewer: string): Promise<Map<string, ReactionCount[]>> {
    const counts = new Map<string, ReactionCount[]>()
    if (rows.length === 0) return counts
    const result = await this.#pool.query<{ message_id: string; emoji: string; count: string; me: boolean }>({
      name: 'timeline-reaction-counts',
      text: `select message_id, emoji, count(*) as count, bool_or(user_id = $3) as me
             from timeline_reactions r join timeline t using (channel_id, message_id)
             where (channel_id, message_id) in (select * from unnest($1::bigint[], $2::bigint[])) and ${COUNTS}
             group by message_id, emoji order by message_id, min(position)`,
      values: [rows.map((row) => row.channel_id), rows.map((row) => row.message_id), viewer],
    })
    for (const { message_id, emoji, count, me } of result.rows) {
      const list = counts.get(message_id) ?? []
      list.push({ emoji, count: Number(count), me })
      counts.set(message_id, list)
    }
    return counts
  }

  #mergeCells(
    { channel_id, message_id }: { channel_id: string; message_id: string },
    values: Readonly<Record<string, unknown>>,
    position: number,
  ): Promise<void> {
    const set = Object.entries(values).filter(([, v]) => v !== undefined)
    const cells = Object.fromEntries(set.map(([name, v]) => [name, { v: JSON.stringify(v), p: position }]))
    return this.#write(
      'timeline-merge',
      `insert into timeline (channel_id, message_id, cells) values ($1, $2, $3)
       on conflict (channel_id, message_id) do update set cells = timeline_merge(timeline.cells, excluded.cells)
       where timeline.deleted_position is null`,
      [channel_id, message_id, JSON.stringify(cells)],
    )
  }

  /** In id order, so that two deletions at once wait for each other in one direction only. */
  #delete(channelId: string, ids: readonly string[], position: number): Promise<void> {
    return this.#write(
      'timeline-delete',
      `insert into timeline (channel_id, message_id, deleted_position)
       select distinct $1::bigint, id, $3::bigint from unnest($2::bigint[]) as id order by id
       on conflict (channel_id, message_id) do update set deleted_position = excluded.deleted_position, created = null, cells = '{}'`,
      [channelId, ids, position],
    )
  }

  async #write(name: string, text: string, values: unknown[]): Promise<void> {
    await this.#pool.query({ name, text, values })
  }
}
