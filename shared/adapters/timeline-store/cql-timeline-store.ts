import type { StoredMessage } from '#shared/domain/message/stored-message.ts'
import type { Clock } from '#shared/kernel/clock.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import type { PageAnchor, TimelineStore } from '#shared/ports/timeline-store.ts'
import type { Cql } from '../cql/cql.ts'
import { CqlBuckets, type Direction } from './cql-buckets.ts'
import { inParallel } from './cql-in-parallel.ts'
import { type MessageKey, partsOf } from './cql-partitions.ts'
import { CqlReactions } from './cql-reactions.ts'
import { timelineWrites } from './cql-timeline-writes.ts'

/** Of one call: enough to keep the servers busy, few enough for others to get through. */
const IN_FLIGHT = 64
/**
 * Rows of one answer, where many that are deleted lie between those that are not. Each has a tombstone too, of
 * which servers warn above 1,000.
 */
const MOST_ROWS = 500
const SCAN_PAGE = 500
const SCAN_RANGES = 64n
const LARGEST = 0x7fff_ffff_ffff_ffffn

const COLUMNS = 'select message_id, created, edits, deleted from ks.messages'
const PARTITION = 'where channel_id = ? and bucket = ?'
const SIDE = {
  older: `${COLUMNS} ${PARTITION} and message_id < ? limit ?`,
  newer: `${COLUMNS} ${PARTITION} and message_id > ? order by message_id asc limit ?`,
}
const MANY = `${COLUMNS} ${PARTITION} and message_id in ?`
const SCAN = `${COLUMNS} where token(channel_id, bucket) > ? and token(channel_id, bucket) <= ?`

interface Row {
  readonly message_id: bigint
  readonly created: string | null
  readonly edits: Readonly<Record<string, string>> | null
  readonly deleted: boolean | null
}

interface Options {
  readonly cql: Cql
  readonly clock: Clock
  /** Called with how many rows were left out because they miss their beginning. For a while that is normal. */
  readonly onHeadless?: (rows: number) => void
}

/**
 * The message timeline in Cassandra or ScyllaDB. It is a merge of cells whose timestamps are log positions; the
 * tables are told in db/scylla.
 */
export class CqlTimelineStore implements TimelineStore {
  readonly #cql: Cql
  readonly #buckets: CqlBuckets
  readonly #reactions: CqlReactions
  readonly #onHeadless: (rows: number) => void

  constructor({ cql, clock, onHeadless = () => {} }: Options) {
    this.#cql = cql
    this.#buckets = new CqlBuckets(cql, clock)
    this.#reactions = new CqlReactions(cql)
    this.#onHeadless = onHeadless
  }

  async apply(events: readonly LogEvent[]): Promise<void> {
    const tasks = [
      ...this.#buckets.due(events).map((due) => () => this.#buckets.mark(due)),
      ...timelineWrites(events).map((group) => () => this.#cql.write(group)),
    ]
    await inParallel(tasks, IN_FLIGHT, (task) => task())
  }

  async get(channelId: string, messageId: string, viewer: string): Promise<StoredMessage | undefined> {
    return (await this.many([{ channelId, messageId }], viewer))[0]
  }

  async many(ids: readonly MessageKey[], viewer: string): Promise<StoredMessage[]> {
    const messages = await this.#present(await this.#find(ids), viewer)
    const found = new Map(messages.map((message) => [message.id, message]))
    return ids.flatMap(({ messageId }) => found.get(messageId) ?? [])
  }

  async page(channelId: string, anchor: PageAnchor, limit: number, viewer: string): Promise<StoredMessage[]> {
    let rows: Row[]
    if ('before' in anchor) rows = await this.#side('older', channelId, anchor.before, limit)
    else if ('after' in anchor) rows = (await this.#side('newer', channelId, anchor.after, limit)).reverse()
    else {
      const above = await this.#side('newer', channelId, anchor.around, limit - Math.ceil((limit + 1) / 2))
      const next = BigInt(anchor.around) + 1n
      const from = String(next > LARGEST ? LARGEST : next)
      rows = [...above.reverse(), ...(await this.#side('older', channelId, from, limit - above.length))]
    }
    return this.#present(rows, viewer)
  }

  async *scan(): AsyncGenerator<readonly StoredMessage[]> {
    const width = (1n << 64n) / SCAN_RANGES
    for (let range = 0n; range < SCAN_RANGES; range++) {
      const from = -LARGEST - 1n + range * width
      const to = range === SCAN_RANGES - 1n ? LARGEST : from + width
      for await (const rows of this.#cql.pages<Row>(SCAN, [from, to], SCAN_PAGE)) {
        const messages = await this.#present(this.#shown(rows), undefined)
        if (messages.length > 0) yield messages
      }
    }
  }

  async reactors(
    channelId: string,
    messageId: string,
    emoji: string,
    after: string,
    limit: number,
  ): Promise<string[]> {
    const key = { channelId, messageId }
    const [shown, users] = await Promise.all([
      this.#find([key]),
      this.#reactions.users(key, emoji, after, limit),
    ])
    return shown.length > 0 ? users : []
  }

  async #find(ids: readonly MessageKey[]): Promise<Row[]> {
    const found: Row[] = []
    await inParallel(partsOf(ids), IN_FLIGHT, async ({ channelId, bucket, ids }) => {
      found.push(...this.#shown(await this.#cql.rows<Row>(MANY, [channelId, bucket, ids])))
    })
    return found
  }

  /** Messages beyond an id, those next to it first. */
  async #side(direction: Direction, channelId: string, id: string, count: number): Promise<Row[]> {
    const found: Row[] = []
    if (count <= 0) return found
    for await (const buckets of this.#buckets.from(direction, channelId, id)) {
      const missing = count - found.length
      const parts = await Promise.all(
        buckets.map((bucket) => this.#inBucket(direction, channelId, bucket, id, missing)),
      )
      found.push(...parts.flat().slice(0, missing))
      if (found.length === count) break
    }
    return found
  }

  async #inBucket(
    direction: Direction,
    channelId: string,
    bucket: number,
    id: string,
    count: number,
  ): Promise<Row[]> {
    const found: Row[] = []
    let from: string | bigint = id
    for (let asked = count; ; asked = Math.min(asked * 2, MOST_ROWS)) {
      const rows: Row[] = await this.#cql.rows<Row>(SIDE[direction], [channelId, bucket, from, asked])
      found.push(...this.#shown(rows))
      const last = rows.at(-1)
      if (found.length >= count || rows.length < asked || !last) return found.slice(0, count)
      from = last.message_id
    }
  }

  #shown(rows: readonly Row[]): Row[] {
    const kept = rows.filter(({ deleted }) => !deleted)
    const shown = kept.filter(({ created }) => created !== null)
    if (shown.length < kept.length) this.#onHeadless(kept.length - shown.length)
    return shown
  }

  async #present(rows: readonly Row[], viewer: string | undefined): Promise<StoredMessage[]> {
    if (rows.length === 0) return []
    const messages = rows.map(messageOf)
    const keys = messages.map(({ channel_id, id }) => ({ channelId: channel_id, messageId: id }))
    const reactions = await this.#reactions.of(keys, viewer)
    // In place: copies of fifty messages cost as much as parsing them.
    return messages.map((message) => Object.assign(message, { reactions: reactions.get(message.id) ?? [] }))
  }
}

function messageOf({ created, edits }: Row): StoredMessage {
  const message = JSON.parse(created as string)
  for (const name in edits) message[name] = JSON.parse(edits[name] as string)
  return message
}
