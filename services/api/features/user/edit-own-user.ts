import { Type } from 'typebox'
import type { OwnUser } from '#shared/domain/user/user.ts'
import { isUsername } from '#shared/domain/user/username.ts'
import { visibleName } from '#shared/domain/visible-name.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuseField } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, ImageField, Nullable } from '#shared/platform/http/endpoint.ts'
import { ownUserObject } from '#shared/protocol/wire/user.ts'
import { noteProfileChange } from '#shared/store/profile-changes.ts'
import { type UserTransaction, writeUsers } from '#shared/store/user-writer.ts'
import type { ApiDeps } from '../../deps.ts'
import { toApi } from '../../relational-refusals.ts'

/** PATCH /users/@me: what is left out stays. Everybody else is told by a job that is noted with the change. */
export const editOwnUser = (deps: ApiDeps) =>
  endpoint({
    method: 'PATCH',
    path: '/users/@me',
    tag: 'users',
    summary: 'Modify current user',
    access: 'verified',
    bucket: Buckets.accounts,
    images: true,
    schema: {
      body: Type.Object({
        username: Type.Optional(Type.String({ minLength: 2, maxLength: 32 })),
        global_name: Type.Optional(Nullable(Type.String({ maxLength: 32 }))),
        avatar: ImageField,
        banner: ImageField,
        accent_color: Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: 0xffffff }))),
        bio: Type.Optional(Nullable(Type.String({ maxLength: 190 }))),
      }),
    },
    handle: async ({ body, caller, facts }) => {
      const username = caller.bot
        ? body.username && visibleName(body.username)
        : body.username?.trim().toLowerCase()
      if (username !== undefined && !(caller.bot ? username.length >= 2 : isUsername(username))) {
        const rule = 'Usernames have 2 to 32 letters, digits, dots and underscores.'
        return refuseField(['username'], 'USERNAME_INVALID', rule)
      }
      const images = await deps.images.keep(caller.id, {
        avatar: ['avatars', body.avatar],
        banner: ['banners', body.banner],
      })
      if (!images.ok) return images
      const edit = {
        username,
        global_name: body.global_name === undefined ? undefined : visibleName(body.global_name ?? '') || null,
        accent_color: body.accent_color,
        bio: body.bio === undefined ? undefined : (body.bio ?? ''),
        ...images.value,
      }
      const write = async (users: UserTransaction): Promise<Result<OwnUser, ApiError>> => {
        const before = users.user(caller.id)
        const changes = Object.entries(edit).filter(
          ([key, value]) => value !== undefined && value !== before[key as keyof OwnUser],
        )
        if (changes.length === 0) return ok(before)
        const after = await users.update(caller.id, Object.fromEntries(changes))
        if (changes.some(([key]) => key !== 'bio'))
          await noteProfileChange(users.tx, { id: facts.newId, userId: caller.id })
        return ok(after)
      }
      const { db } = deps.database
      const edited = await writeUsers(db, deps.appender, [caller.id], write).catch(nameTaken)
      deps.profiles.notify()
      const answer = toApi(edited)
      return answer.ok ? ok(ownUserObject(answer.value)) : answer
    },
  })

function nameTaken(error: { constraint?: string }) {
  if (error.constraint !== 'users_username') throw error
  return refuseField(['username'], 'USERNAME_ALREADY_TAKEN', 'This username is taken.')
}
