import { Type } from 'typebox'
import { publicUser } from '#shared/domain/user/user.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint, ImageField, Nullable } from '#shared/platform/http/endpoint.ts'
import { LIMITED_FLAGS } from '#shared/protocol/application-flags.ts'
import { readUsers } from '#shared/store/users.ts'
import type { ApiDeps } from '../../deps.ts'
import { applicationObject, GUILD_COUNT } from './application-object.ts'

const text = { maxLength: 400 }
/** Text by the documentation and libraries, an object by the official description. */
const Description = Type.Unsafe<string | { readonly default: string } | null>({
  type: ['string', 'object', 'null'],
  ...text,
  properties: { default: Type.String(text) },
  required: ['default'],
})

/**
 * PATCH /applications/@me: the calling bot's own. Of the flags only those of privileged intents change; sessions that
 * have an intent already keep it until they identify anew.
 */
export const editApplication = (deps: ApiDeps) =>
  endpoint({
    method: 'PATCH',
    path: '/applications/@me',
    tag: 'applications',
    summary: 'Modify current application',
    access: 'verified',
    bucket: Buckets.write,
    images: true,
    schema: {
      body: Type.Object({
        description: Type.Optional(Description),
        icon: ImageField,
        flags: Type.Optional(Nullable(Type.Integer({ minimum: 0, maximum: 2_147_483_647 }))),
      }),
    },
    handle: async ({ body, caller, facts }) => {
      const { applicationId } = facts
      if (!applicationId) return refuse('ONLY_FOR_BOTS')
      const images = await deps.images.keep(applicationId, { icon: ['app-icons', body.icon] })
      if (!images.ok) return images
      const { description, flags } = body
      const { db } = deps.database
      const application = await db.transaction().execute(async (tx) => {
        const before = await tx
          .selectFrom('applications')
          .select('flags')
          .where('id', '=', applicationId)
          .forUpdate()
          .executeTakeFirstOrThrow()
        return tx
          .updateTable('applications')
          .set({
            ...images.value,
            ...(description === undefined ? {} : { description: textOf(description) }),
            flags: flags == null ? before.flags : (before.flags & ~LIMITED_FLAGS) | (flags & LIMITED_FLAGS),
          })
          .where('id', '=', applicationId)
          .returningAll()
          .returning(GUILD_COUNT)
          .executeTakeFirstOrThrow()
      })
      const [owner] = await readUsers(db, [application.owner_id])
      if (!owner) return refuse('UNKNOWN_APPLICATION')
      return ok(applicationObject(application, owner, publicUser(caller)))
    },
  })

const textOf = (description: string | { readonly default: string } | null): string =>
  typeof description === 'string' ? description : (description?.default ?? '')
