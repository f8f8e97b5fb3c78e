import { publicUser } from '#shared/domain/user/user.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint } from '#shared/platform/http/endpoint.ts'
import { USER_COLUMNS, userFromRow } from '#shared/store/entity-rows.ts'
import type { ApiDeps } from '../../deps.ts'
import { applicationObject, GUILD_COUNT } from './application-object.ts'

/** GET /applications: the caller's own. */
export const listApplications = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/applications',
    tag: 'applications',
    summary: 'List own applications',
    access: 'verified',
    bucket: Buckets.read,
    schema: {},
    handle: async ({ caller }) => {
      const rows = await deps.database.db
        .selectFrom('applications')
        .selectAll()
        .select(GUILD_COUNT)
        .where('owner_id', '=', caller.id)
        .orderBy('id')
        .execute()
      return ok(rows.map((row) => applicationObject(row, publicUser(caller), undefined)))
    },
  })

/** GET /applications/@me and, for older libraries, /oauth2/applications/@me: the calling bot's own. */
export const getOwnApplication = (deps: ApiDeps, path: '/applications/@me' | '/oauth2/applications/@me') =>
  endpoint({
    method: 'GET',
    path,
    tag: 'applications',
    summary: 'Get current application',
    access: 'verified',
    bucket: Buckets.read,
    schema: {},
    handle: async ({ caller, facts }) => {
      if (!facts.applicationId) return refuse('ONLY_FOR_BOTS')
      const { db } = deps.database
      const application = await db
        .selectFrom('applications')
        .selectAll()
        .select(GUILD_COUNT)
        .where('id', '=', facts.applicationId)
        .executeTakeFirstOrThrow()
      const owner = await db
        .selectFrom('users')
        .select(USER_COLUMNS)
        .where('users.id', '=', application.owner_id)
        .executeTakeFirstOrThrow()
      return ok(applicationObject(application, userFromRow(owner), publicUser(caller)))
    },
  })
