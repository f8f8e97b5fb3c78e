import { Type } from 'typebox'
import { contentTypeOf } from '#shared/domain/message/content-type-of.ts'
import { MOST_FILE_BYTES, MOST_FILES, UPLOAD_SECONDS } from '#shared/domain/message/upload-limits.ts'
import { Permission } from '#shared/domain/permissions/flags.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { BodySnowflake, Buckets, endpoint, Nullable, Snowflake } from '#shared/platform/http/endpoint.ts'
import { newIds } from '#shared/store/guild-store.ts'
import type { ApiDeps } from '../../deps.ts'
import { cleanName } from '../../messages/clean-name.ts'
import { uploadKey } from '../../messages/message-files.ts'
import { isTooNew, may } from '../../scope.ts'

const AnnouncedFile = Type.Object({
  id: Type.Optional(Nullable(BodySnowflake)),
  filename: Type.String({ minLength: 1, maxLength: 1024 }),
  file_size: Type.Integer({ minimum: 0 }),
  is_clip: Type.Optional(Nullable(Type.Boolean())),
})

/**
 * POST /channels/{channel_id}/attachments: links by which the client puts files into the store himself, with the
 * `content_type` of the answer. A message has to name their `upload_filename` within ten minutes.
 */
export const createUploads = (deps: ApiDeps) =>
  endpoint({
    method: 'POST',
    path: '/channels/:channel_id/attachments',
    tag: 'attachments',
    summary: 'Create attachment uploads',
    access: 'verified',
    bucket: Buckets.write,
    schema: {
      params: Type.Object({ channel_id: Snowflake }),
      body: Type.Object({ files: Type.Array(AnnouncedFile, { minItems: 1, maxItems: MOST_FILES }) }),
    },
    handle: async ({ params, body, facts, caller }) => {
      const scope = await deps.scopes.textChannel(facts)
      if (!scope.ok) return scope
      if (!may(scope.value, Permission.SEND_MESSAGES | Permission.ATTACH_FILES))
        return refuse('MISSING_PERMISSIONS')
      if (isTooNew(scope.value, facts)) return refuse('VERIFICATION_LEVEL_TOO_HIGH')
      if (body.files.some(({ file_size }) => file_size > MOST_FILE_BYTES)) return refuse('FILE_TOO_LARGE')
      const ids = await newIds(deps.database.db, body.files.length)
      const uploads = body.files.map((file, index) => {
        const filename = cleanName(file.filename)
        return {
          id: ids[index] as string,
          userId: caller.id,
          channelId: params.channel_id,
          filename,
          size: file.file_size,
          contentType: contentTypeOf(filename),
        }
      })
      await deps.pendingUploads.add(uploads)
      const attachments = uploads.map(async ({ id, size, contentType }, index) => ({
        id: body.files[index]?.id ?? index,
        upload_url: await deps.uploadLinks.upload(uploadKey(id), {
          size,
          contentType,
          expiresInS: UPLOAD_SECONDS,
        }),
        upload_filename: id,
        content_type: contentType,
      }))
      return ok({ attachments: await Promise.all(attachments) })
    },
  })
