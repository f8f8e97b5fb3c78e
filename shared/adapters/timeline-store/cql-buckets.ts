import type { Clock } from '#shared/kernel/clock.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import type { Cql, CqlStatement } from '../cql/cql.ts'
import { bucketOf } from './cql-bucket.ts'

/** A mark that was lost with a store restored from a backup comes back with the next message after this. */
const REMEMBER_MS = 600_000
const MOST_REMEMBERED = 20_000
const PAGE = 64

/** At a timestamp of its own: a mark is never removed, and there is nothing to overwrite. */
const MARK = 'insert into ks.message_buckets (channel_id, bucket) values (?, ?) using timestamp 1'
const OLDER = 'select bucket from ks.message_buckets where channel_id = ? and bucket < ? limit ?'
const NEWER = `select bucket from ks.message_buckets where channel_id = ? and bucket > ?
  order by bucket asc limit ?`

export type Direction = 'older' | 'newer'

/**
 * Which buckets of a channel have messages: each is marked in the store by whoever first writes a message to it. So
 * the empty ones, which an idle channel has many of, are never asked for, by any process.
 */
export class CqlBuckets {
  readonly #cql: Cql
  readonly #clock: Clock
  /** What this process has marked, and when, oldest first. */
  readonly #marked = new Map<string, number>()

  constructor(cql: Cql, clock: Clock) {
    this.#cql = cql
    this.#clock = clock
  }

  /** The marks that events need and that this process has not written lately. */
  due(events: readonly LogEvent[]): CqlStatement[] {
    const due = new Map<string, CqlStatement>()
    const now = this.#clock.monotonic()
    for (const event of events) {
      if (event.type !== 'MESSAGE_CREATE') continue
      const { channel_id, message_id } = event.facts
      const params = [channel_id, bucketOf(message_id)]
      const key = params.join()
      const marked = this.#marked.get(key)
      if (marked === undefined || now - marked > REMEMBER_MS) due.set(key, { query: MARK, params })
    }
    return [...due.values()]
  }

  async mark(due: CqlStatement): Promise<void> {
    await this.#cql.write([due])
    const key = due.params.join()
    this.#marked.delete(key)
    this.#marked.set(key, this.#clock.monotonic())
    if (this.#marked.size > MOST_REMEMBERED) this.#marked.delete(this.#marked.keys().next().value as string)
  }

  /**
   * The bucket of an id, marked or not, and then the marked ones beyond it, in groups that grow: where each has
   * little, it takes many, and they can be asked for at once.
   */
  async *from(direction: Direction, channelId: string, id: string): AsyncGenerator<readonly number[]> {
    const created = bucketOf(channelId)
    let bucket = Math.max(bucketOf(id), created)
    yield [bucket]
    for (;;) {
      // Nothing is older than the channel.
      if (direction === 'older' && bucket === created) return
      const rows = await this.#cql.rows<{ bucket: number }>(direction === 'older' ? OLDER : NEWER, [
        channelId,
        bucket,
        PAGE,
      ])
      const marked = rows.map((row) => row.bucket)
      for (let at = 0, count = 1; at < marked.length; at += count, count *= 2)
        yield marked.slice(at, at + count)
      if (marked.length < PAGE) return
      bucket = marked.at(-1) as number
    }
  }
}
