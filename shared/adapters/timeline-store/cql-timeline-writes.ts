import type { LogEvent } from '#shared/ports/event-log.ts'
import type { CqlStatement } from '../cql/cql.ts'
import { bucketOf } from './cql-bucket.ts'

/** Larger than any position: the `since` of a reaction that was withdrawn. */
const NEVER = 0x7fff_ffff_ffff_ffffn

/** So that a batch, which is mostly texts, stays below the 50 KiB that Cassandra may refuse, at 3 bytes a character. */
const BATCH_STATEMENTS = 50
const BATCH_CHARACTERS = 12_000

const MESSAGE = 'where channel_id = ? and bucket = ? and message_id = ?'
const CREATE = `update ks.messages using timestamp ? set created = ? ${MESSAGE}`
const EDIT = `update ks.messages using timestamp ? set edits = edits + ? ${MESSAGE}`
/** What it said goes too, but it is the mark that hides it: whatever comes later. */
const DELETE = `update ks.messages using timestamp ? set deleted = true, created = '', edits = {} ${MESSAGE}`
const REACT = `update ks.message_reactions using timestamp ? set present = ?, since = ? ${MESSAGE}
  and emoji = ? and user_id = ?`
const CLEAR = `delete from ks.message_reactions using timestamp ? ${MESSAGE}`
const CLEAR_EMOJI = `${CLEAR} and emoji = ?`

/** A write whose timestamp is the position of its event, so that the larger position wins in whatever order. */
interface Write extends CqlStatement {
  /** Equal: of one partition. */
  readonly partition: string
  readonly characters: number
}

/** What events write, in groups that are each of one partition. Events that do not concern messages write nothing. */
export function timelineWrites(events: readonly LogEvent[]): CqlStatement[][] {
  const open = new Map<string, { group: CqlStatement[]; characters: number }>()
  const groups: CqlStatement[][] = []
  for (const write of events.flatMap(writesOf)) {
    const { partition, characters, ...statement } = write
    const into = open.get(partition)
    if (into && into.group.length < BATCH_STATEMENTS && into.characters + characters <= BATCH_CHARACTERS) {
      into.group.push(statement)
      into.characters += characters
    } else {
      const group = [statement]
      groups.push(group)
      open.set(partition, { group, characters })
    }
  }
  return groups
}

function writesOf(event: LogEvent): Write[] {
  const at = BigInt(event.position)
  switch (event.type) {
    case 'MESSAGE_CREATE':
      return [write('messages', CREATE, event.facts, [at, event.d])]
    case 'MESSAGE_UPDATE': {
      const set = Object.entries(event.facts.delta).filter(([, value]) => value !== undefined)
      if (set.length === 0) return []
      const edits = Object.fromEntries(set.map(([name, value]) => [name, JSON.stringify(value)]))
      return [write('messages', EDIT, event.facts, [at, edits])]
    }
    case 'MESSAGE_DELETE':
      return deletion(event.facts, at)
    case 'MESSAGE_DELETE_BULK': {
      const { channel_id, ids } = event.facts
      return ids.flatMap((message_id) => deletion({ channel_id, message_id }, at))
    }
    case 'MESSAGE_REACTION_ADD':
    case 'MESSAGE_REACTION_REMOVE': {
      const { emoji, user_id } = event.facts
      const cells = event.type === 'MESSAGE_REACTION_ADD' ? [1, at] : [0, NEVER]
      return [write('reactions', REACT, event.facts, [at, ...cells], [emoji, user_id])]
    }
    case 'MESSAGE_REACTION_REMOVE_ALL':
      return [write('reactions', CLEAR, event.facts, [at])]
    case 'MESSAGE_REACTION_REMOVE_EMOJI':
      return [write('reactions', CLEAR_EMOJI, event.facts, [at], [event.facts.emoji])]
    default:
      return []
  }
}

const deletion = (message: Message, at: bigint): Write[] => [
  write('messages', DELETE, message, [at]),
  write('reactions', CLEAR, message, [at]),
]

interface Message {
  readonly channel_id: string
  readonly message_id: string
}

function write(
  table: string,
  query: string,
  { channel_id, message_id }: Message,
  before: readonly unknown[],
  after: readonly unknown[] = [],
): Write {
  const bucket = bucketOf(message_id)
  return {
    query,
    params: [...before, channel_id, bucket, message_id, ...after],
    partition: `${table} ${channel_id} ${bucket}`,
    characters: before.reduce<number>((sum, value) => sum + lengthOf(value), 0),
  }
}

const lengthOf = (value: unknown): number =>
  typeof value === 'string'
    ? value.length
    : typeof value === 'object' && value !== null
      ? Object.values(value).reduce<number>((sum, each) => sum + lengthOf(each), 0)
      : 0
