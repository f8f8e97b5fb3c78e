import { Type } from 'typebox'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, Nullable, Snowflake } from '#shared/platform/http/endpoint.ts'
import { writeUsers } from '#shared/store/user-writer.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'

const params = Type.Object({ user_id: Snowflake })

/** GET /users/@me/notes/{user_id}: what the caller keeps about somebody, for himself alone. */
export const getNote = (deps: ApiDeps) =>
  endpoint({
    method: 'GET',
    path: '/users/@me/notes/:user_id',
    tag: 'users',
    summary: 'Get user note',
    access: 'verified',
    bucket: Buckets.read,
    schema: { params },
    handle: async ({ params, caller }) => {
      const found = await deps.database.db
        .selectFrom('notes')
        .select('note')
        .where('user_id', '=', caller.id)
        .where('about_id', '=', params.user_id)
        .executeTakeFirst()
      if (!found) return refuse('UNKNOWN_USER')
      return ok({ user_id: caller.id, note_user_id: params.user_id, note: found.note })
    },
  })

/** PUT /users/@me/notes/{user_id}: null or nothing removes it. */
export const putNote = (deps: ApiDeps) =>
  endpoint({
    method: 'PUT',
    path: '/users/@me/notes/:user_id',
    tag: 'users',
    summary: 'Modify user note',
    access: 'verified',
    bucket: Buckets.write,
    success: 204,
    schema: {
      params,
      body: Type.Object({ note: Type.Optional(Nullable(Type.String({ maxLength: 256 }))) }),
    },
    handle: async ({ params, body, caller }) => {
      const { db } = deps.database
      if (caller.bot) return refuse('NOT_FOR_BOTS')
      const about = db.selectFrom('users').select('id').where('id', '=', params.user_id)
      if (!(await about.executeTakeFirst())) return refuse('UNKNOWN_USER')
      const key = { user_id: caller.id, about_id: params.user_id }
      const note = body.note?.trim() ?? ''
      return toApi(
        await writeUsers(db, deps.appender, [caller.id], async (users) => {
          const { tx } = users
          if (note === '')
            await tx
              .deleteFrom('notes')
              .where('user_id', '=', key.user_id)
              .where('about_id', '=', key.about_id)
              .execute()
          else
            await tx
              .insertInto('notes')
              .values({ ...key, note })
              .onConflict((on) => on.columns(['user_id', 'about_id']).doUpdateSet({ note }))
              .execute()
          await users.emit(caller.id, 'USER_NOTE_UPDATE', { id: params.user_id, note })
          return ok(undefined)
        }),
      )
    },
  })
