import { type Kysely, sql } from 'kysely'
import type { DB } from '#db/generated-types.ts'
import type { Guild, Member } from '#shared/domain/guild/entities.ts'
import { evolveGuild, type GuildChange, type GuildState, NO_GUILD } from '#shared/domain/guild/guild-state.ts'
import type { User } from '#shared/domain/user/user.ts'
import { BucketMap } from '#shared/kernel/bucket-map.ts'
import type { Db, Tx } from './database.ts'
import {
  channelFromRow,
  channelToRow,
  guildFromRow,
  guildToRow,
  MEMBER_COLUMNS,
  memberFromRow,
  memberToRow,
  roleFromRow,
  roleToRow,
  USER_COLUMNS,
  userFromRow,
} from './entity-rows.ts'

/** Guild, roles and channels without members. undefined: there is no such guild. */
export async function readStructure(
  db: Kysely<DB>,
  guildId: string,
): Promise<{ readonly state: GuildState; readonly structureVersion: number } | undefined> {
  const guild = await db.selectFrom('guilds').selectAll().where('id', '=', guildId).executeTakeFirst()
  if (!guild) return undefined
  const roles = await db.selectFrom('roles').selectAll().where('guild_id', '=', guildId).execute()
  const channels = await db.selectFrom('channels').selectAll().where('guild_id', '=', guildId).execute()
  return {
    structureVersion: Number(guild.structure_version),
    state: {
      version: Number(guild.version),
      guild: guildFromRow(guild),
      roles: new Map(roles.map((row) => [row.id, roleFromRow(row)])),
      channels: new Map(channels.map((row) => [row.id, channelFromRow(row)])),
      members: BucketMap.from(),
      heads: new Map(),
    },
  }
}

/** Guilds of a user as far as it takes to say what he may do in them as a whole: his own roles and membership. */
export async function readOwnGuilds(
  db: Kysely<DB>,
  user: User,
  page: { readonly before?: string | undefined; readonly after?: string | undefined; readonly limit: number },
): Promise<{ readonly guild: Guild; readonly state: GuildState; readonly member: Member }[]> {
  let own = db
    .selectFrom('members')
    .select(['members.guild_id', ...MEMBER_COLUMNS])
    .where('user_id', '=', user.id)
  if (page.before) own = own.where('guild_id', '<', page.before)
  if (page.after) own = own.where('guild_id', '>', page.after)
  const memberships = await own
    .orderBy('guild_id', page.before && !page.after ? 'desc' : 'asc')
    .limit(page.limit)
    .execute()
  if (memberships.length === 0) return []
  const ids = memberships.map(({ guild_id }) => guild_id)
  const guilds = await db.selectFrom('guilds').selectAll().where('id', 'in', ids).orderBy('id').execute()
  const roleIds = [...new Set([...ids, ...memberships.flatMap(({ roles }) => roles)])]
  const rows = await db.selectFrom('roles').selectAll().where('id', 'in', roleIds).execute()
  const roles = new Map(rows.map((row) => [row.id, roleFromRow(row)]))
  const members = new Map(memberships.map((row) => [row.guild_id, memberFromRow(row, user)]))
  return guilds.map((row) => {
    const guild = guildFromRow(row)
    const state = { ...NO_GUILD, version: Number(row.version), guild, roles }
    return { guild, state, member: members.get(row.id) as Member }
  })
}

/** All rows as of one moment: a mixture of two states could grant what neither did. */
export const readStructureAtOnce = (db: Db, guildId: string) =>
  db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute((tx) => readStructure(tx, guildId))

export async function readMembers(
  db: Kysely<DB>,
  guildId: string,
  filter: {
    ids?: readonly string[]
    roleId?: string
    after?: string
    limit?: number
    /** Of the nickname, the shown or the user name, in any case. */
    namePrefix?: string
  } = {},
): Promise<Member[]> {
  let query = db
    .selectFrom('members')
    .innerJoin('users', 'users.id', 'members.user_id')
    .select([...USER_COLUMNS, ...MEMBER_COLUMNS])
    .where('members.guild_id', '=', guildId)
    .orderBy('members.user_id')
  if (filter.ids)
    query = query.where('members.user_id', 'in', filter.ids.length > 0 ? [...filter.ids] : ['0'])
  if (filter.roleId) query = query.where(sql<boolean>`${filter.roleId}::bigint = any(members.roles)`)
  if (filter.after) query = query.where('members.user_id', '>', filter.after)
  if (filter.namePrefix !== undefined)
    query = query.where(sql<boolean>`exists (
      select from unnest(array[members.nick, users.global_name, users.username]) as name
      where starts_with(lower(name), lower(${filter.namePrefix})))`)
  if (filter.limit !== undefined) query = query.limit(filter.limit)
  return (await query.execute()).map((row) => memberFromRow(row, userFromRow(row)))
}

/**
 * A guild with all members as it was at `version` of its chain: its rows, less what outbox rows after that
 * version changed, undone from the newest [LOG-12]. undefined: those rows have passed retention.
 */
export function readGuildAt(db: Db, guildId: string, version: number): Promise<GuildState | undefined> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const structure = await readStructure(tx, guildId)
      const undo = await tx
        .selectFrom('outbox')
        .select(['version', 'undo'])
        .where('aggregate_kind', '=', 'guild')
        .where('aggregate_id', '=', guildId)
        .where('version', '>', String(version))
        .orderBy('version', 'desc')
        .execute()
      // A guild that is deleted stays what it is now: nothing, at the version that deleted it.
      let state = structure?.state ?? { ...NO_GUILD, version: Number(undo[0]?.version ?? version) }
      if (structure) {
        const members = await readMembers(tx, guildId)
        state = {
          ...state,
          members: BucketMap.from(members.map((member) => [member.user.id, member])),
          heads: await readHeadsOfGuild(tx, guildId),
        }
      }
      for (const row of undo) {
        if (Number(row.version) !== state.version) return undefined
        state = evolveGuild(state, JSON.parse(row.undo) as GuildChange[], state.version - 1)
      }
      return state.version <= version ? state : undefined
    })
}

async function readHeadsOfGuild(db: Kysely<DB>, guildId: string): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('channel_heads')
    .innerJoin('channels', 'channels.id', 'channel_heads.channel_id')
    .select(['channel_heads.channel_id', 'channel_heads.last_message_id'])
    .where('channels.guild_id', '=', guildId)
    .execute()
  return new Map(rows.map((row) => [row.channel_id, row.last_message_id]))
}

/** Makes the tables hold the entities' new values. */
export async function writeGuildChanges(
  tx: Tx,
  guildId: string,
  changes: readonly GuildChange[],
): Promise<void> {
  for (const change of changes) {
    switch (change.kind) {
      case 'guild': {
        if (!change.value) {
          await tx.deleteFrom('guilds').where('id', '=', guildId).execute()
          break
        }
        const row = guildToRow(change.value)
        await tx
          .insertInto('guilds')
          .values(row)
          .onConflict((on) => on.column('id').doUpdateSet(row))
          .execute()
        break
      }
      case 'role': {
        if (!change.value) {
          await tx.deleteFrom('roles').where('id', '=', change.id).execute()
          break
        }
        const row = roleToRow(change.value, guildId)
        await tx
          .insertInto('roles')
          .values(row)
          .onConflict((on) => on.column('id').doUpdateSet(row))
          .execute()
        break
      }
      case 'channel': {
        if (!change.value) {
          await tx.deleteFrom('channels').where('id', '=', change.id).execute()
          break
        }
        const row = channelToRow(change.value, guildId)
        await tx
          .insertInto('channels')
          .values(row)
          .onConflict((on) => on.column('id').doUpdateSet(row))
          .execute()
        break
      }
      case 'member': {
        if (!change.value) {
          await tx
            .deleteFrom('members')
            .where('guild_id', '=', guildId)
            .where('user_id', '=', change.id)
            .execute()
          break
        }
        const row = memberToRow(change.value, guildId)
        await tx
          .insertInto('members')
          .values(row)
          .onConflict((on) => on.columns(['guild_id', 'user_id']).doUpdateSet(row))
          .execute()
        break
      }
      default:
        change satisfies never
    }
  }
}

/** Locks the guild's row for the transaction; false: there is no such guild. */
export async function lockGuild(tx: Tx, guildId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('guilds')
    .select('id')
    .where('id', '=', guildId)
    .forUpdate()
    .executeTakeFirst()
  return row !== undefined
}

export async function setGuildVersion(
  tx: Tx,
  guildId: string,
  version: number,
  structure: boolean,
): Promise<void> {
  await tx
    .updateTable('guilds')
    .set({ version: String(version), ...(structure ? { structure_version: String(version) } : {}) })
    .where('id', '=', guildId)
    .execute()
}

/** New ids from Postgres' clock and sequence, ascending. */
export async function newIds(db: Kysely<DB>, count: number): Promise<string[]> {
  const { rows } = await sql<{
    id: string
  }>`select snowflake() as id from generate_series(1, ${count})`.execute(db)
  return rows.map((row) => row.id)
}
