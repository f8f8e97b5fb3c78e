import { createHash } from 'node:crypto'
import type { Answer } from './projection.ts'
import {
  answer,
  bigint,
  bigints,
  changed,
  columnsOf,
  larger,
  rowOf,
  rowsOf,
  type Statement,
  USER,
} from './statement.ts'
import { STATEMENTS_OF_PEOPLE } from './statements-of-people.ts'
import type { Transaction } from './transaction.ts'
import { compare, type Row } from './values.ts'

const byText = new Map<string, Statement>()

/** The simulation of a statement that the product has as text, with $1 or ? for parameters. */
export function statementFor(text: string): Statement {
  const known = byText.get(text)
  if (known) return known
  const normal = text.replace(/\s+/g, ' ').trim()
  const digest = createHash('sha256').update(normal).digest('hex').slice(0, 12)
  const statement = STATEMENTS.find((candidate) => candidate.digest === digest)
  if (!statement) {
    throw new Error(
      `the simulated Postgres does not know this statement (new, or its text was changed): ${digest} ${normal}`,
    )
  }
  byText.set(text, statement)
  return statement
}

function requestFacts(tx: Transaction, values: readonly unknown[]): Answer {
  const [hash, channelId, guildId, route, bodyHash] = values
  const token = rowOf(tx, 'tokens', hash)
  if (!token) return answer([])
  const user = rowOf(tx, 'users', token.user_id) as Row
  const channel = rowOf(tx, 'channels', bigint(channelId))
  const guild = rowOf(tx, 'guilds', channel?.guild_id ?? bigint(guildId))
  const member = guild && rowOf(tx, 'members', guild.id, user.id)
  const attempt = rowOf(tx, 'create_attempts', user.id, route, bodyHash)
  const left = attempt ? (attempt.expires_at as Date).getTime() - tx.startedAt : 0
  const current = attempt && left > 0 && left <= 60_000
  const facts = {
    ...columnsOf(user, USER),
    application_id: token.application_id,
    new_id: tx.store.snowflake(),
    now_ms: Math.floor(tx.store.now()),
    channel_id: channel?.id ?? null,
    channel_type: channel?.type ?? null,
    is_recipient:
      channel?.guild_id === null && rowOf(tx, 'conversation_recipients', channel.id, user.id) !== undefined,
    guild_id: guild?.id ?? null,
    structure_version: guild ? Number(guild.structure_version) : null,
    joined_at: member?.joined_at ?? null,
    nick: member?.nick ?? null,
    member_avatar: member?.avatar ?? null,
    member_roles: member?.roles ?? null,
    deaf: member?.deaf ?? null,
    mute: member?.mute ?? null,
    member_flags: member?.flags ?? null,
    communication_disabled_until: member?.communication_disabled_until ?? null,
    attempted_id: current ? attempt.id : null,
  }
  // As JSON, dates are texts.
  return answer([{ facts: JSON.parse(JSON.stringify(facts)) }])
}

async function raise(tx: Transaction, table: string, column: string, row: Row): Promise<void> {
  await tx.insert(tx.table(table), row, {
    sets: [column],
    change: (existing, excluded) => ({ [column]: larger(existing[column], excluded[column]) }),
  })
}

async function takeTurn(
  tx: Transaction,
  [channel_id, user_id, seconds]: readonly unknown[],
): Promise<Answer> {
  const now = new Date(tx.startedAt)
  const latest = tx.startedAt - Number(seconds) * 1_000
  const taken = await tx.insert(
    tx.table('slow_mode'),
    { channel_id, user_id, sent_at: now },
    {
      sets: ['sent_at'],
      change: (kept) => ((kept.sent_at as Date).getTime() <= latest ? { sent_at: now } : undefined),
    },
  )
  return changed(taken ? 1 : 0)
}

function remainingWait(tx: Transaction, [channelId, userId, seconds]: readonly unknown[]): Answer {
  const row = rowOf(tx, 'slow_mode', bigint(channelId), bigint(userId))
  if (!row) return answer([])
  const wait = (row.sent_at as Date).getTime() / 1_000 + Number(seconds) - tx.startedAt / 1_000
  return answer([{ wait }])
}

async function markOutbox(tx: Transaction, values: readonly unknown[]): Promise<Answer> {
  const [versions, positions, kind, id] = values
  const table = tx.table('outbox')
  const marks = bigints(versions).map((version, index) => ({ version, position: bigints(positions)[index] }))
  const found = marks.map((mark) => ({ ...mark, row: rowOf(tx, 'outbox', kind, bigint(id), mark.version) }))
  let count = 0
  for (const { row, position } of found) {
    if (row?.position !== null) continue
    const change = (latest: Row) => (latest.position === null ? { position } : undefined)
    if (await tx.update(table, row, ['position'], change)) count++
  }
  return changed(count)
}

function versionBefore(tx: Transaction, values: readonly unknown[]): Answer {
  const [kind, id, position, table, idAgain] = values
  const later = rowsOf(tx, 'outbox', 'aggregate_id', bigint(id))
    .filter((row) => row.aggregate_kind === kind)
    .filter((row) => row.position === null || compare('bigint', row.position, bigint(position)) > 0)
    .map((row) => Number(row.version))
  const version = later.length > 0 ? String(Math.min(...later) - 1) : undefined
  return answer([{ version: version ?? rowOf(tx, table as string, bigint(idAgain))?.version ?? null }])
}

const STATEMENTS: readonly Statement[] = [
  ...STATEMENTS_OF_PEOPLE,
  {
    name: 'member-counts',
    digest: '607280185389',
    run: (tx, [guildIds, online]) =>
      answer(
        bigints(guildIds).flatMap((guild_id) => {
          const members = rowsOf(tx, 'members', 'guild_id', guild_id)
          const here = members.filter(({ user_id }) => bigints(online).includes(user_id as string))
          const counts = { members: String(members.length), online: String(here.length) }
          return members.length > 0 ? [{ guild_id, ...counts }] : []
        }),
      ),
  },
  { name: 'request-facts', digest: '7e77869df13e', run: requestFacts },
  {
    name: 'projection-position',
    digest: 'c5bd45037d04',
    run: (tx, [name]) => {
      const row = rowOf(tx, 'projections', name)
      return answer(row ? [{ position: row.position }] : [])
    },
  },
  {
    name: 'projection-confirm',
    digest: '21477744d0be',
    run: async (tx, [name, position, from]) => {
      const there = rowOf(tx, 'projections', name)
      if (there && compare('bigint', there.position, bigint(from)) < 0) return changed(0)
      await raise(tx, 'projections', 'position', { name, position })
      return changed(1)
    },
  },
  {
    name: 'channel-heads',
    digest: '6f35cd7e088c',
    run: (tx, [ids]) => {
      const heads = [...new Set(bigints(ids))].map((id) => rowOf(tx, 'channel_heads', id))
      return answer(heads.filter((row) => row !== undefined))
    },
  },
  {
    name: 'channel-heads-raise',
    digest: '5ca5ace20a17',
    run: async (tx, [channels, messages]) => {
      const last = bigints(messages)
      for (const [index, channel_id] of bigints(channels).entries())
        await raise(tx, 'channel_heads', 'last_message_id', { channel_id, last_message_id: last[index] })
      return changed(last.length)
    },
  },
  { name: 'slow-mode-turn', digest: '8bdf612de80b', run: takeTurn },
  { name: 'slow-mode-wait', digest: '3f7f0ecb0fd0', run: remainingWait },
  { name: 'outbox-mark', digest: '81543425643e', run: markOutbox },
  { name: 'outbox-base', digest: 'a5088a445c70', run: versionBefore },
  {
    name: 'new-ids',
    digest: 'bf5236296b75',
    run: (tx, [count]) => answer(Array.from({ length: Number(count) }, () => ({ id: tx.store.snowflake() }))),
  },
]
