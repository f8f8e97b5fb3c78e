import { Type } from 'typebox'
import { type Between, befriend, block, part, RelationshipType } from '#shared/domain/user/relationship.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Nullable, Snowflake } from '#shared/platform/http/endpoint.ts'
import { relationshipObject } from '#shared/protocol/wire/relationship.ts'
import type { Tx } from '#shared/store/database.ts'
import { readRelationships } from '#shared/store/relationships.ts'
import { type UserTransaction, writeUsers } from '#shared/store/user-writer.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'

const MOST_FRIENDS = 1_000
const params = Type.Object({ user_id: Snowflake })

/** GET /users/@me/relationships: friends, requests in both directions, and who is blocked. */
export const listRelationships = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/users/@me/relationships',
    tag: 'users',
    summary: 'Get relationships',
    access: 'verified',
    bucket: Buckets.read,
    schema: {},
    handle: async ({ caller }) => {
      if (caller.bot) return refuse('NOT_FOR_BOTS')
      return ok((await readRelationships(deps.database.db, caller.id)).map(relationshipObject))
    },
  })

/** POST /users/@me/relationships: a friend request by name. */
export const requestFriend = (deps: ApiDeps) =>
  endpoint({
    method: 'POST',
    path: '/users/@me/relationships',
    tag: 'users',
    summary: 'Send friend request',
    access: 'verified',
    bucket: Buckets.creations,
    success: 204,
    schema: { body: Type.Object({ username: Type.String({ minLength: 1, maxLength: 64 }) }) },
    handle: async ({ body, caller }) => {
      const found = await deps.database.db
        .selectFrom('users')
        .select('id')
        .where((on) => on(on.fn<string>('lower', ['username']), '=', body.username.toLowerCase()))
        .where('bot', '=', false)
        .executeTakeFirst()
      return found ? change(deps, caller, found.id, ask) : refuse('NO_SUCH_NAME')
    },
  })

/** PUT /users/@me/relationships/{user_id}: type 2 blocks; 1 or none asks for friendship, or accepts it. */
export const putRelationship = (deps: ApiDeps) =>
  endpoint({
    method: 'PUT',
    path: '/users/@me/relationships/:user_id',
    tag: 'users',
    summary: 'Create relationship',
    access: 'verified',
    bucket: Buckets.creations,
    success: 204,
    schema: {
      params,
      body: Type.Object({ type: Type.Optional(Nullable(Type.Integer({ enum: [1, 2] }))) }),
    },
    handle: async ({ params, body, caller }) =>
      change(
        deps,
        caller,
        params.user_id,
        body.type === RelationshipType.BLOCKED ? async (_, before) => ok(block(before)) : ask,
      ),
  })

/** DELETE /users/@me/relationships/{user_id}: of any type; nothing to remove is no error. */
export const deleteRelationship = (deps: ApiDeps) =>
  endpoint({
    method: 'DELETE',
    path: '/users/@me/relationships/:user_id',
    tag: 'users',
    summary: 'Remove relationship',
    access: 'verified',
    bucket: Buckets.write,
    success: 204,
    schema: { params },
    handle: async ({ params, caller }) =>
      change(deps, caller, params.user_id, async (_, before) => ok(part(before))),
  })

type Ids = readonly [own: string, other: string]
type Decide = (users: UserTransaction, before: Between, ids: Ids) => Promise<Result<Between, ApiError>>

const ask: Decide = async (users, before, ids) => {
  if (users.user(ids[1]).bot) return refuse('BOTS_HAVE_NO_FRIENDS')
  const after = befriend(before)
  if (after === 'blocked') return refuse('RELATIONSHIP_REFUSED')
  if (after === 'friends') return refuse('FRIENDS_ALREADY')
  for (const id of ids) if ((await countOf(users.tx, id)) >= MOST_FRIENDS) return refuse('TOO_MANY_FRIENDS')
  return ok(after)
}

/** Both sides change under both users' locks, and each of the two is told his own. */
async function change(
  deps: ApiDeps,
  caller: { readonly id: string; readonly bot: boolean },
  otherId: string,
  decide: Decide,
): Promise<Result<void, ApiError>> {
  if (caller.bot) return refuse('NOT_FOR_BOTS')
  if (otherId === caller.id) return refuse('NO_FRIEND_OF_ONESELF')
  const ids = [caller.id, otherId] as const
  return toApi(
    await writeUsers(deps.database.db, deps.appender, ids, async (users) => {
      const before = await readBetween(users.tx, ids)
      const after = await decide(users, before, ids)
      if (!after.ok) return after
      await put(users, ids, before.own, after.value.own)
      await put(users, [otherId, caller.id], before.other, after.value.other)
      return ok(undefined)
    }),
  )
}

async function readBetween(tx: Tx, [own, other]: Ids): Promise<Between> {
  const rows = await tx
    .selectFrom('relationships')
    .select(['user_id', 'type'])
    .where((on) =>
      on.or([on.and({ user_id: own, other_id: other }), on.and({ user_id: other, other_id: own })]),
    )
    .execute()
  const typeOf = (id: string) => rows.find((row) => row.user_id === id)?.type as RelationshipType | undefined
  return { own: typeOf(own), other: typeOf(other) }
}

async function put(
  users: UserTransaction,
  [ownId, otherId]: Ids,
  before: RelationshipType | undefined,
  type: RelationshipType | undefined,
): Promise<void> {
  if (type === before) return
  const { tx } = users
  const key = { user_id: ownId, other_id: otherId }
  if (type === undefined) {
    await tx
      .deleteFrom('relationships')
      .where('user_id', '=', ownId)
      .where('other_id', '=', otherId)
      .execute()
    return users.emit(ownId, 'RELATIONSHIP_REMOVE', { id: otherId, type: before })
  }
  const { since } = await tx
    .insertInto('relationships')
    .values({ ...key, type })
    .onConflict((on) =>
      on.columns(['user_id', 'other_id']).doUpdateSet((set) => ({ type, since: set.fn<Date>('now') })),
    )
    .returning('since')
    .executeTakeFirstOrThrow()
  const told = relationshipObject({ user: users.user(otherId), type, since: since.getTime() })
  await users.emit(ownId, 'RELATIONSHIP_ADD', told)
}

async function countOf(tx: Tx, userId: string): Promise<number> {
  const { count } = await tx
    .selectFrom('relationships')
    .select((on) => on.fn.countAll<string>().as('count'))
    .where('user_id', '=', userId)
    .where('type', '<>', RelationshipType.BLOCKED)
    .executeTakeFirstOrThrow()
  return Number(count)
}
