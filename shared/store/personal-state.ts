import type pg from 'pg'
import type { Relationship, RelationshipType } from '#shared/domain/user/relationship.ts'
import { compareIds, type Position } from '#shared/kernel/ids.ts'
import { timestamp } from '#shared/protocol/timestamps.ts'
import { USER_COLUMNS, type UserColumns, userFromRow } from './entity-rows.ts'
import type { ProjectionName } from './projections.ts'

/** What READY tells a person that concerns him alone. */
export interface PersonalState {
  /** In the order of the others' ids. */
  readonly relationships: readonly Relationship[]
  /** Where he has read something or something mentions him. */
  readonly readStates: readonly ReadState[]
  /** The last message of each conversation. */
  readonly heads: ReadonlyMap<string, string>
}

/** How far somebody has read a channel, as READY shows it. */
export interface ReadState {
  readonly id: string
  readonly last_message_id: string
  readonly mention_count: number
  readonly last_pin_timestamp: string | null
  readonly flags: number
  /** Days since 2015 began. */
  readonly last_viewed: number | null
  readonly version: number
}

/** Where somebody may read, and by what he is mentioned there. */
export interface Places {
  /** The first id that he has to read, of each channel and conversation: what came before he joined he need not. */
  readonly since: ReadonlyMap<string, string>
  /** His own id, and those of his guilds, roles and conversations. */
  readonly targets: readonly string[]
  readonly conversationIds: readonly string[]
}

const READ_FROM: readonly ProjectionName[] = ['mentions', 'channel_heads']

interface ReadStateRow extends Omit<ReadState, 'last_message_id' | 'last_pin_timestamp'> {
  readonly is_kept: boolean
  readonly last_message_id: string | null
  /** ms since the Unix epoch */
  readonly last_pin: number | null
  /** Messages that mention him and that he has not read. */
  readonly mentioned: readonly string[] | null
}

interface Row {
  readonly is_complete: boolean
  readonly relationships: (UserColumns & { readonly type: RelationshipType; readonly since: number })[] | null
  readonly read_states: ReadStateRow[] | null
  readonly heads: { readonly channel_id: string; readonly last_message_id: string }[] | null
}

/**
 * One statement a READY: round trips to Postgres are the most of what a session costs that begins.
 * @param asOf mentions after this position are not counted. isComplete: all up to it are, and the heads are as new.
 */
export async function readPersonalState(
  pool: pg.Pool,
  userId: string,
  { since, targets, conversationIds }: Places,
  asOf: Position,
): Promise<PersonalState & { readonly isComplete: boolean }> {
  const { rows } = await pool.query<Row>({
    name: 'personal-state',
    text: `
      select
        not exists (
          select from unnest($4::text[]) name left join projections using (name) where coalesce(position, 0) < $3
        ) as is_complete,
        (select json_agg(relationship) from (
          select users.id::text, ${PUBLIC_COLUMNS}, relationships.type,
            floor(extract(epoch from relationships.since) * 1000)::bigint as since
          from relationships join users on users.id = relationships.other_id
          where relationships.user_id = $1 order by users.id
        ) relationship) as relationships,
        (select json_agg(read_state) from (
          select coalesce(r.channel_id, m.channel_id)::text as id, r.user_id is not null as is_kept,
            r.last_message_id::text, coalesce(r.mention_count, 0) as mention_count,
            floor(extract(epoch from r.last_pin_timestamp) * 1000)::bigint as last_pin,
            coalesce(r.flags, 0) as flags, r.last_viewed, coalesce(r.version, 0) as version, m.mentioned
          from (select * from read_states where user_id = $1) r
            full join (
              select n.channel_id, array_agg(distinct n.message_id)::text[] as mentioned
              from mentions n left join read_states s on s.user_id = $1 and s.channel_id = n.channel_id
              where n.target_id = any($2::bigint[]) and n.author_id <> $1 and n.position <= $3
                and n.message_id > coalesce(case when s.mention_count is null then s.last_message_id else s.acked_id end, 0)
              group by n.channel_id
            ) m on m.channel_id = r.channel_id
          order by coalesce(r.channel_id, m.channel_id)
        ) read_state) as read_states,
        (select json_agg(head) from (
          select channel_id::text, last_message_id::text from channel_heads where channel_id = any($5::bigint[])
        ) head) as heads`,
    values: [userId, targets, asOf, READ_FROM, conversationIds],
  })
  const row = rows[0] as Row
  return {
    isComplete: row.is_complete,
    relationships: (row.relationships ?? []).map(({ type, since, ...user }) => ({
      user: userFromRow(user),
      type,
      since,
    })),
    readStates: (row.read_states ?? []).flatMap((one) => readStateOf(one, since.get(one.id)) ?? []),
    heads: new Map((row.heads ?? []).map((head) => [head.channel_id, head.last_message_id])),
  }
}

const PUBLIC_COLUMNS = USER_COLUMNS.filter((column) => column !== 'users.id').join(', ')

/** @param first the first id that he has to read; undefined: he may not read there */
function readStateOf(
  { is_kept, mentioned, last_pin, last_message_id: read, ...row }: ReadStateRow,
  first: string | undefined,
): ReadState | undefined {
  if (first === undefined) return undefined
  const unread = (mentioned ?? []).filter((id) => compareIds(id, first) > 0).length
  if (!is_kept && unread === 0) return undefined
  return {
    ...row,
    last_message_id: read !== null && compareIds(read, first) > 0 ? read : first,
    mention_count: row.mention_count + unread,
    last_pin_timestamp: last_pin === null ? null : timestamp(last_pin),
  }
}
