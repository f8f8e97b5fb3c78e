import { Type } from 'typebox'
import { RelationshipType } from '#shared/domain/user/relationship.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { memberObject } from '#shared/protocol/wire/guild.ts'
import { userObject } from '#shared/protocol/wire/user.ts'
import type { Db } from '#shared/store/database.ts'
import { ownUserFromRow, USER_COLUMNS, userFromRow } from '#shared/store/entity-rows.ts'
import { readMembers } from '#shared/store/guild-store.ts'
import type { ApiDeps } from '../../deps.ts'
import { readFlag } from '../../query.ts'

const flag = Type.Optional(Type.String())

/** GET /users/{user_id}/profile: of oneself, of friends, and of those with whom one shares a guild. */
export const getProfile = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/users/:user_id/profile',
    tag: 'users',
    summary: 'Get user profile',
    access: 'verified',
    bucket: Buckets.read,
    schema: {
      params: Type.Object({ user_id: Snowflake }),
      query: Type.Object({
        guild_id: Type.Optional(Snowflake),
        with_mutual_guilds: flag,
        with_mutual_friends: flag,
        with_mutual_friends_count: flag,
      }),
    },
    handle: async ({ params, query, caller }) => {
      if (caller.bot) return refuse('NOT_FOR_BOTS')
      const { db } = deps.database
      const row = await db
        .selectFrom('users')
        .selectAll()
        .where('users.id', '=', params.user_id)
        .executeTakeFirst()
      if (!row) return refuse('UNKNOWN_USER')
      const user = ownUserFromRow(row)
      const guilds = await mutualGuilds(db, caller.id, user.id)
      if (user.id !== caller.id && guilds.length === 0 && !(await areFriends(db, caller.id, user.id)))
        return refuse('MISSING_ACCESS')
      const inGuild = guilds.find(({ id }) => id === query.guild_id)
      const [member] = inGuild ? await readMembers(db, inGuild.id, { ids: [user.id] }) : []
      const asked = readFlag(query.with_mutual_friends)
      const counted = asked || readFlag(query.with_mutual_friends_count)
      const friends = counted ? await mutualFriends(db, caller.id, user.id) : []
      return ok({
        user: userObject(user),
        user_profile: { bio: user.bio, pronouns: '', accent_color: user.accent_color },
        connected_accounts: [],
        badges: [],
        premium_type: null,
        premium_since: null,
        premium_guild_since: null,
        legacy_username: null,
        ...(member ? { guild_member: memberObject(member) } : {}),
        ...(readFlag(query.with_mutual_guilds ?? 'true') ? { mutual_guilds: guilds } : {}),
        ...(asked ? { mutual_friends: friends } : {}),
        ...(counted ? { mutual_friends_count: friends.length } : {}),
      })
    },
  })

/** Those of both, with the nickname that the other has there. */
const mutualGuilds = (db: Db, ownId: string, otherId: string) =>
  db
    .selectFrom('members as own')
    .innerJoin('members as other', 'other.guild_id', 'own.guild_id')
    .select(['other.guild_id as id', 'other.nick'])
    .where('own.user_id', '=', ownId)
    .where('other.user_id', '=', otherId)
    .orderBy('other.guild_id')
    .execute()

async function areFriends(db: Db, ownId: string, otherId: string): Promise<boolean> {
  const row = await db
    .selectFrom('relationships')
    .select('type')
    .where('user_id', '=', ownId)
    .where('other_id', '=', otherId)
    .where('type', '=', RelationshipType.FRIEND)
    .executeTakeFirst()
  return row !== undefined
}

async function mutualFriends(db: Db, ownId: string, otherId: string) {
  const rows = await db
    .selectFrom('relationships as own')
    .innerJoin('relationships as other', 'other.other_id', 'own.other_id')
    .innerJoin('users', 'users.id', 'own.other_id')
    .select(USER_COLUMNS)
    .where('own.user_id', '=', ownId)
    .where('own.type', '=', RelationshipType.FRIEND)
    .where('other.user_id', '=', otherId)
    .where('other.type', '=', RelationshipType.FRIEND)
    .orderBy('users.id')
    .execute()
  return rows.map((row) => userObject(userFromRow(row)))
}
