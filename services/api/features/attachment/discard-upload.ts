import { randomUUID } from 'node:crypto'
import { Type } from 'typebox'
import { isSnowflake } from '#shared/kernel/ids.ts'
import { ok } from '#shared/kernel/result.ts'
import { refuse } from '#shared/platform/http/api-error.ts'
import { Buckets, endpoint } from '#shared/platform/http/endpoint.ts'
import type { ApiDeps } from '../../deps.ts'
import { uploadKey } from '../../messages/message-files.ts'

/** DELETE /attachments/{upload_filename}: one's own upload that is in no message. */
export const discardUpload = (deps: ApiDeps) =>
  endpoint({
    method: 'DELETE',
    path: '/attachments/:upload_filename',
    tag: 'attachments',
    summary: 'Discard attachment upload',
    access: 'verified',
    bucket: Buckets.write,
    success: 204,
    schema: { params: Type.Object({ upload_filename: Type.String() }) },
    handle: async ({ params: { upload_filename: id }, caller }) => {
      const found = isSnowflake(id) ? await deps.pendingUploads.get(id) : undefined
      if (found?.upload.userId !== caller.id || found.claims.length > 0) return refuse('UPLOAD_NOT_FOUND')
      // Claimed for nothing, no message can have it.
      if (!(await deps.pendingUploads.claim(id, `discard:${randomUUID()}`))) return refuse('UPLOAD_NOT_FOUND')
      await deps.blobs.remove(uploadKey(id))
      return ok(undefined)
    },
  })
