import type pg from 'pg'
import type { Member } from '#shared/domain/guild/entities.ts'
import { type OwnUser, publicUser } from '#shared/domain/user/user.ts'
import type { FactsQuery, RequestFacts } from '#shared/ports/request-facts.ts'
import { memberFromRow } from './entity-rows.ts'

interface Row extends OwnUser {
  readonly application_id: string | null
  readonly new_id: string
  readonly now_ms: number
  readonly channel_id: string | null
  readonly channel_type: number | null
  readonly is_recipient: boolean
  readonly guild_id: string | null
  readonly structure_version: number | null
  readonly joined_at: string | null
  readonly nick: string | null
  readonly member_avatar: string | null
  readonly member_roles: string[] | null
  readonly deaf: boolean
  readonly mute: boolean
  readonly member_flags: number
  readonly communication_disabled_until: string | null
  readonly attempted_id: string | null
}

/** One column of JSON: of columns of their own each makes the driver's work longer, by a third in all. */
const TEXT = `
  select to_json(facts) as facts from (
    select u.id::text, u.username, u.global_name, u.avatar, u.banner, u.accent_color, u.bot, u.public_flags,
      u.email, u.verified, u.locale, u.bio, t.application_id::text, snowflake()::text as new_id,
      floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms,
      c.id::text as channel_id, c.type as channel_type,
      c.id is not null and c.guild_id is null and exists (
        select from conversation_recipients r where r.channel_id = c.id and r.user_id = u.id) as is_recipient,
      g.id::text as guild_id, g.structure_version,
      m.joined_at, m.nick, m.avatar as member_avatar, m.roles::text[] as member_roles, m.deaf, m.mute,
      m.flags as member_flags, m.communication_disabled_until, a.id::text as attempted_id
    from tokens t join users u on u.id = t.user_id
      left join channels c on c.id = $2::bigint
      left join guilds g on g.id = coalesce(c.guild_id, $3::bigint)
      left join members m on m.guild_id = g.id and m.user_id = u.id
      left join create_attempts a
        on a.caller_id = u.id and a.route = $4 and a.body_hash = $5::bytea and a.expires_at > now() and a.expires_at <= now() + interval '60 seconds'
    where t.hash = $1) facts`

/** undefined: no such token. */
export async function readRequestFacts(pool: pg.Pool, query: FactsQuery): Promise<RequestFacts | undefined> {
  const { rows } = await pool.query<{ facts: Row }>({
    name: 'request-facts',
    text: TEXT,
    values: [
      query.tokenHash,
      query.channelId,
      query.guildId,
      query.attempt?.route ?? null,
      query.attempt?.bodyHash ?? null,
    ],
  })
  return rows[0] && fromRow(rows[0].facts)
}

function fromRow(row: Row): RequestFacts {
  const caller: OwnUser = {
    id: row.id,
    username: row.username,
    global_name: row.global_name,
    avatar: row.avatar,
    banner: row.banner,
    accent_color: row.accent_color,
    bot: row.bot,
    public_flags: row.public_flags,
    email: row.email,
    verified: row.verified,
    locale: row.locale,
    bio: row.bio,
  }
  return {
    caller,
    applicationId: row.application_id,
    newId: row.new_id,
    now: row.now_ms,
    attemptedId: row.attempted_id,
    channel:
      row.channel_id === null
        ? null
        : { id: row.channel_id, type: row.channel_type ?? 0, isRecipient: row.is_recipient },
    guild:
      row.guild_id === null
        ? null
        : {
            id: row.guild_id,
            structureVersion: row.structure_version ?? 0,
            member: memberOf(row, caller),
          },
  }
}

function memberOf(row: Row, user: OwnUser): Member | null {
  if (row.joined_at === null) return null
  return memberFromRow(
    {
      ...row,
      joined_at: new Date(row.joined_at),
      communication_disabled_until: row.communication_disabled_until
        ? new Date(row.communication_disabled_until)
        : null,
      roles: row.member_roles ?? [],
      flags: row.member_flags,
    },
    publicUser(user),
  )
}
