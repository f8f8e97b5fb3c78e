import cassandra from 'cassandra-driver'
import type { ReactionCount } from '#shared/domain/message/stored-message.ts'
import type { Cql } from '../cql/cql.ts'
import { bucketOf } from './cql-bucket.ts'
import { inParallel } from './cql-in-parallel.ts'
import { type MessageKey, MOST_IN, partsOf } from './cql-partitions.ts'

const IN_FLIGHT = 32

const PARTITION = 'from ks.message_reactions where channel_id = ? and bucket = ?'
// The messages are named one by one: a range would run through what is left of the deleted ones between them.
const COUNTS = `select message_id, emoji, sum(present) as count, min(since) as since ${PARTITION}
  and message_id in ? group by message_id, emoji`
const MINE = `select message_id, emoji, present ${PARTITION} and (message_id, emoji, user_id) in ?`
const USERS = `select user_id, present ${PARTITION} and message_id = ? and emoji = ? and user_id > ? limit ?`

interface Counted {
  readonly message_id: bigint
  readonly emoji: string
  readonly count: number
  readonly since: bigint
}

interface Mine {
  readonly message_id: bigint
  readonly emoji: string
  readonly present: number
}

/** Reactions are a row per message, emoji and user in the partitions of their messages, counted by the store. */
export class CqlReactions {
  readonly #cql: Cql

  constructor(cql: Cql) {
    this.#cql = cql
  }

  /**
   * By message id, each emoji in the order of the first use that still counts.
   * @param viewer undefined: nobody, which saves looking for theirs
   */
  async of(
    messages: readonly MessageKey[],
    viewer: string | undefined,
  ): Promise<Map<string, ReactionCount[]>> {
    const counts = new Map<string, ReactionCount[]>()
    await inParallel(partsOf(messages), IN_FLIGHT, async ({ channelId, bucket, ids }) => {
      const rows = await this.#cql.rows<Counted>(COUNTS, [channelId, bucket, ids])
      const counted = rows.filter(({ count }) => count > 0)
      const mine = viewer === undefined ? [] : await this.#of(viewer, channelId, bucket, counted)
      const keys = new Set(mine.map(keyOf))
      counted.sort((a, b) => (a.since < b.since ? -1 : 1))
      for (const row of counted) {
        const id = String(row.message_id)
        const list = counts.get(id) ?? []
        list.push({ emoji: row.emoji, count: row.count, me: keys.has(keyOf(row)) })
        counts.set(id, list)
      }
    })
    return counts
  }

  /** Who reacted, in id order after `after`. */
  async users(key: MessageKey, emoji: string, after: string, limit: number): Promise<string[]> {
    const { channelId, messageId } = key
    const found: string[] = []
    for (let from: string | bigint = after; ; ) {
      const rows: { user_id: bigint; present: number }[] = await this.#cql.rows(USERS, [
        channelId,
        bucketOf(messageId),
        messageId,
        emoji,
        from,
        limit,
      ])
      for (const { user_id, present } of rows) if (present === 1) found.push(String(user_id))
      const last = rows.at(-1)
      if (found.length >= limit || rows.length < limit || !last) return found.slice(0, limit)
      from = last.user_id
    }
  }

  async #of(viewer: string, channelId: string, bucket: number, counted: readonly Counted[]): Promise<Mine[]> {
    const mine: Mine[] = []
    for (let at = 0; at < counted.length; at += MOST_IN) {
      const keys = counted
        .slice(at, at + MOST_IN)
        .map(({ message_id, emoji }) => new cassandra.types.Tuple(message_id, emoji, viewer))
      mine.push(...(await this.#cql.rows<Mine>(MINE, [channelId, bucket, keys])))
    }
    return mine.filter(({ present }) => present === 1)
  }
}

const keyOf = ({ message_id, emoji }: Mine | Counted): string => `${message_id} ${emoji}`
