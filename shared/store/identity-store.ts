import type pg from 'pg'
import type { GuildSettings } from '#shared/domain/user/guild-settings.ts'
import type { OwnUser } from '#shared/domain/user/user.ts'
import type { Position } from '#shared/kernel/ids.ts'
import { NO_SETTINGS, type UserSettings } from '#shared/protocol/wire/user-settings.ts'
import type { Db } from './database.ts'

/** Who a gateway token belongs to, and the rooms that its session may be in. */
export interface Identity {
  readonly user: OwnUser
  readonly application: { readonly id: string; readonly flags: number } | null
  /** Guilds of which the user is a member in Postgres. */
  readonly guildIds: readonly string[]
  /**
   * Others of which he may have been one when the log was at the position: whether he was, only the guild's state
   * there tells.
   */
  readonly formerGuildIds: readonly string[]
  readonly conversationIds: readonly string[]
  /** The same for conversations. */
  readonly formerConversationIds: readonly string[]
  /** What he chose for guilds; guild 0: for conversations. */
  readonly guildSettings: readonly {
    readonly guild_id: string
    readonly version: number
    readonly settings: GuildSettings
  }[]
  readonly settings: UserSettings
}

interface Row extends OwnUser {
  readonly application_id: string | null
  readonly application_flags: number | null
  readonly guild_ids: string[]
  readonly former_guild_ids: string[]
  readonly conversation_ids: string[]
  readonly former_conversation_ids: string[]
  readonly guild_settings: string[]
  readonly settings: string | null
}

/** One statement a session, at Identify and RESUME. undefined: no such token. */
export async function readIdentity(
  pool: pg.Pool,
  tokenHash: Buffer,
  head: Position,
): Promise<Identity | undefined> {
  const { rows } = await pool.query<Row>({
    name: 'identity',
    text: `
      select u.id, u.username, u.global_name, u.avatar, u.banner, u.accent_color, u.bot, u.public_flags,
        u.email, u.verified, u.locale, u.bio, a.id as application_id, a.flags as application_flags,
        array(select guild_id from members where user_id = u.id)::text[] as guild_ids,
        array(select aggregate_id from outbox
            where aggregate_kind = 'guild' and (member_id = u.id or type = 'GUILD_DELETE') and (position is null or position > $2)
          except select guild_id from members where user_id = u.id)::text[] as former_guild_ids,
        array(select channel_id from conversation_recipients where user_id = u.id)::text[] as conversation_ids,
        array(select aggregate_id from outbox
            where aggregate_kind = 'conversation' and member_id = u.id and (position is null or position > $2)
          except select channel_id from conversation_recipients where user_id = u.id)::text[]
          as former_conversation_ids,
        array(select json_build_object('guild_id', guild_id::text, 'version', version, 'settings', settings)::text
          from user_guild_settings where user_id = u.id order by guild_id) as guild_settings,
        (select json_build_object('version', version, 'settings', settings)::text
          from user_settings where user_id = u.id) as settings
      from tokens t join users u on u.id = t.user_id left join applications a on a.id = t.application_id
      where t.hash = $1`,
    values: [tokenHash, head],
  })
  const row = rows[0]
  if (!row) return undefined
  const { application_id, application_flags, guild_ids, former_guild_ids, ...rest } = row
  const { conversation_ids, former_conversation_ids, guild_settings, settings, ...user } = rest
  return {
    user,
    application: application_id === null ? null : { id: application_id, flags: application_flags ?? 0 },
    guildIds: guild_ids,
    formerGuildIds: former_guild_ids,
    conversationIds: conversation_ids,
    formerConversationIds: former_conversation_ids,
    guildSettings: guild_settings.map((one) => JSON.parse(one)),
    settings: settings === null ? NO_SETTINGS : JSON.parse(settings),
  }
}

const HASHES_AT_ONCE = 5_000

/** Those of the token hashes, in hex, that have not been revoked. */
export async function goodTokens(db: Db, hashes: readonly string[]): Promise<Set<string>> {
  const good = new Set<string>()
  for (let from = 0; from < hashes.length; from += HASHES_AT_ONCE) {
    const asked = hashes.slice(from, from + HASHES_AT_ONCE).map((hash) => Buffer.from(hash, 'hex'))
    const rows = await db.selectFrom('tokens').select('hash').where('hash', 'in', asked).execute()
    for (const { hash } of rows) good.add(hash.toString('hex'))
  }
  return good
}
