import { Type } from 'typebox'
import { publicUser } from '#shared/domain/user/user.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint } from '#shared/platform/http/endpoint.ts'
import { NEW_APPLICATION_FLAGS } from '#shared/protocol/application-flags.ts'
import { lockUsers } from '#shared/store/users.ts'
import type { ApiDeps } from '../../deps.ts'
import { readName } from '../../name.ts'
import { applicationObject, GUILD_COUNT } from './application-object.ts'

const MOST_APPLICATIONS = 100

/** POST /applications */
export const createApplication = (deps: ApiDeps) =>
  endpoint({
    method: 'POST',
    path: '/applications',
    tag: 'applications',
    summary: 'Create application',
    access: 'verified',
    bucket: Buckets.creations,
    success: 201,
    creates: true,
    schema: {
      body: Type.Object({
        name: Type.String({ minLength: 2, maxLength: 32 }),
        description: Type.Optional(Type.String({ maxLength: 400 })),
      }),
    },
    handle: async ({ body, caller, facts }) => {
      if (caller.bot) return refuse('NOT_FOR_BOTS')
      const name = readName(body.name)
      if (!name.ok) return name
      const id = facts.attemptedId ?? facts.newId
      return deps.database.db.transaction().execute(async (tx): Promise<Result<object, ApiError>> => {
        await lockUsers(tx, [caller.id])
        const { count } = await tx
          .selectFrom('applications')
          .select((on) => on.fn.countAll<string>().as('count'))
          .where('owner_id', '=', caller.id)
          .where('id', '<>', id)
          .executeTakeFirstOrThrow()
        if (Number(count) >= MOST_APPLICATIONS) return refuse('MISSING_PERMISSIONS')
        const application = await tx
          .insertInto('applications')
          .values({
            id,
            owner_id: caller.id,
            name: name.value,
            description: body.description ?? '',
            flags: NEW_APPLICATION_FLAGS,
          })
          // A repeat of one that was cut off finds it.
          .onConflict((on) => on.column('id').doUpdateSet({ owner_id: caller.id }))
          .returningAll()
          .returning(GUILD_COUNT)
          .executeTakeFirstOrThrow()
        return ok(applicationObject(application, publicUser(caller), undefined))
      })
    },
  })
