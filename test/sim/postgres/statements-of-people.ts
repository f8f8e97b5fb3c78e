import type { Answer } from './projection.ts'
import {
  all,
  answer,
  bigint,
  bigints,
  changed,
  columnsOf,
  PUBLIC,
  rowOf,
  rowsOf,
  type Statement,
  USER,
} from './statement.ts'
import { DO_NOTHING, type Transaction } from './transaction.ts'
import { compare, type Row } from './values.ts'

/** What gateways and the projection of mentions ask of people. */
export const STATEMENTS_OF_PEOPLE: readonly Statement[] = [
  { name: 'identity', digest: '5926c4b83661', run: identity },
  { name: 'mentions-add', digest: '676393bb0f31', run: addMentions },
  { name: 'read-states-own', digest: 'e989833821b3', run: readOwn },
  { name: 'mentions-keep', digest: '05b7dc06050a', run: keepMentions },
  { name: 'personal-state', digest: 'cd77ecd51b7b', run: personalState },
]

function identity(tx: Transaction, [hash, head]: readonly unknown[]): Answer {
  const token = rowOf(tx, 'tokens', hash)
  if (!token) return answer([])
  const user = rowOf(tx, 'users', token.user_id) as Row
  const application = rowOf(tx, 'applications', token.application_id)
  const chosen = rowOf(tx, 'user_settings', user.id)
  const guildIds = rowsOf(tx, 'members', 'user_id', user.id).map((row) => row.guild_id)
  const conversationIds = rowsOf(tx, 'conversation_recipients', 'user_id', user.id).map(
    (row) => row.channel_id,
  )
  const later = tx
    .find(tx.table('outbox'), all)
    .filter((row) => row.member_id === user.id || row.type === 'GUILD_DELETE')
    .filter((row) => row.position === null || compare('bigint', row.position, bigint(head)) > 0)
  const former = (kind: string, now: readonly unknown[]) => {
    const ids = later.filter((row) => row.aggregate_kind === kind).map((row) => row.aggregate_id)
    return [...new Set(ids)].filter((id) => !now.includes(id))
  }
  return answer([
    {
      ...columnsOf(user, USER),
      application_id: application?.id ?? null,
      application_flags: application?.flags ?? null,
      guild_ids: guildIds,
      former_guild_ids: former('guild', guildIds),
      conversation_ids: conversationIds,
      former_conversation_ids: former('conversation', conversationIds),
      guild_settings: [],
      settings: chosen ? JSON.stringify({ version: chosen.version, settings: chosen.settings }) : null,
    },
  ])
}

/** But for read states: nothing here looks at them. */
function personalState(tx: Transaction, values: readonly unknown[]): Answer {
  const [userId, , asOf, names, conversations] = values
  const marks = (names as string[]).map((name) => rowOf(tx, 'projections', name)?.position ?? '0')
  const relationships = rowsOf(tx, 'relationships', 'user_id', bigint(userId))
    .sort((a, b) => compare('bigint', a.other_id, b.other_id))
    .map(({ other_id, type, since }) => ({
      ...columnsOf(rowOf(tx, 'users', other_id) as Row, PUBLIC),
      type,
      since: (since as Date).getTime(),
    }))
  const heads = bigints(conversations).flatMap((id) => rowOf(tx, 'channel_heads', id) ?? [])
  return answer([
    {
      is_complete: marks.every((position) => compare('bigint', position, bigint(asOf)) >= 0),
      relationships,
      read_states: null,
      heads,
    },
  ])
}

async function insertMentions(tx: Transaction, columns: readonly unknown[]): Promise<void> {
  const [messages = [], targets = [], channels = [], authors = [], positions = []] = columns.map(bigints)
  for (const [index, message_id] of messages.entries()) {
    const row = {
      message_id,
      target_id: targets[index],
      channel_id: channels[index],
      author_id: authors[index],
    }
    await tx.insert(tx.table('mentions'), { ...row, position: positions[index] }, DO_NOTHING)
  }
}

async function addMentions(tx: Transaction, [upTo, from, ...columns]: readonly unknown[]): Promise<Answer> {
  const mark = rowOf(tx, 'projections', 'mentions')
  const move = (latest: Row) => (latest.position === bigint(from) ? { position: bigint(upTo) } : undefined)
  if (!mark || !(await tx.update(tx.table('projections'), mark, ['position'], move))) return answer([])
  await insertMentions(tx, columns.slice(0, 5))
  await readByWriting(tx, columns.slice(5))
  return answer([{}])
}

async function keepMentions(tx: Transaction, [messageId, targets]: readonly unknown[]): Promise<Answer> {
  const rows = rowsOf(tx, 'mentions', 'message_id', bigint(messageId))
  for (const row of rows)
    if (!bigints(targets).includes(row.target_id as string)) await tx.delete(tx.table('mentions'), row)
  return changed(rows.length)
}

async function readByWriting(
  tx: Transaction,
  [users, channels, messages]: readonly unknown[],
): Promise<void> {
  const last = bigints(messages)
  for (const [index, user_id] of bigints(users).entries()) {
    const id = last[index]
    const row = { user_id, channel_id: bigints(channels)[index], last_message_id: id, acked_id: id }
    await tx.insert(tx.table('read_states'), row, {
      sets: ['last_message_id', 'acked_id', 'mention_count'],
      change: (kept) =>
        compare('bigint', kept.acked_id, id) < 0
          ? { last_message_id: id, acked_id: id, mention_count: null }
          : undefined,
    })
  }
}

async function readOwn(tx: Transaction, [user, channel, message]: readonly unknown[]): Promise<Answer> {
  await readByWriting(tx, [[user], [channel], [message]])
  return changed(1)
}
