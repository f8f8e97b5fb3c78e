import { Type } from 'typebox'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Snowflake } from '#shared/platform/http/endpoint.ts'
import { ownUserObject, userObject } from '#shared/protocol/wire/user.ts'
import { USER_COLUMNS, userFromRow } from '#shared/store/entity-rows.ts'
import type { ApiDeps } from '../../deps.ts'

/** GET /users/@me */
export const getOwnUser = () =>
  endpoint({
    method: 'GET',
    path: '/users/@me',
    tag: 'users',
    summary: 'Get current user',
    access: 'account',
    bucket: Buckets.read,
    schema: {},
    handle: async ({ caller }) => ok(ownUserObject(caller)),
  })

/** GET /users/{user_id} */
export const getUser = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/users/:user_id',
    tag: 'users',
    summary: 'Get user',
    access: 'verified',
    bucket: Buckets.read,
    schema: { params: Type.Object({ user_id: Snowflake }) },
    handle: async ({ params }) => {
      const row = await deps.database.db
        .selectFrom('users')
        .select(USER_COLUMNS)
        .where('users.id', '=', params.user_id)
        .executeTakeFirst()
      return row ? ok(userObject(userFromRow(row))) : refuse('UNKNOWN_USER')
    },
  })
