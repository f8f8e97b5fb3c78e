import { contentTypeOf } from '#shared/domain/message/content-type-of.ts'
import type { Attachment } from '#shared/domain/message/stored-message.ts'
import { MOST_FILES } from '#shared/domain/message/upload-limits.ts'
import { isSnowflake } from '#shared/kernel/ids.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import { type ApiError, refuse } from '#shared/platform/http/api-error.ts'
import type { UploadedFile } from '#shared/platform/http/multipart.ts'
import type { BlobStore } from '#shared/ports/blob-store.ts'
import type { PendingUpload, PendingUploads } from '#shared/ports/pending-uploads.ts'
import type { Db } from '#shared/store/database.ts'
import { newIds } from '#shared/store/guild-store.ts'
import { IMAGE_HEAD_BYTES, type ImageSize, imageSize } from '../image-size.ts'
import { attachmentKey } from './attachment-links.ts'
import { cleanName } from './clean-name.ts'

/** Where a client puts a file that is in no message yet. */
export const uploadKey = (uploadId: string): string => `uploads/${uploadId}`

interface Described {
  readonly id: string | number
  readonly filename?: string | null
  readonly description?: string | null
  readonly uploaded_filename?: string | null
}

/** Whose files they are, and for what. */
interface Use {
  readonly channelId: string
  readonly userId: string
  /** A message, by that by which a repeat of it is known. */
  readonly by: string
}

/** What a message brings: files of the form, and those that were put into the store before. */
export interface FoundFiles extends Use {
  readonly inForm: readonly (UploadedFile & { readonly said: Described | undefined })[]
  readonly uploaded: readonly (PendingUpload & { readonly said: Described })[]
}

interface Deps {
  readonly db: Db
  readonly blobs: BlobStore
  readonly pendingUploads: PendingUploads
}

export const bringsFiles = (
  files: readonly UploadedFile[],
  described: readonly Described[] | null | undefined,
): boolean => files.length > 0 || Boolean(described?.some(isUploaded))

/** Files on their way into a message. */
export class MessageFiles {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /**
   * What the request says of `attachments` is matched by the n of `files[n]`, or names an upload: announced by the
   * sender for this channel, in no other message, and there in full. Nothing is changed.
   */
  async find(
    files: readonly UploadedFile[],
    described: readonly Described[] | null | undefined,
    use: Use,
  ): Promise<Result<FoundFiles, ApiError>> {
    const named = described?.filter(isUploaded) ?? []
    if (files.length + named.length > MOST_FILES) return refuse('TOO_MANY_ATTACHMENTS')
    const inForm = files.map((file) => ({
      ...file,
      said: described?.find((entry) => !isUploaded(entry) && String(entry.id) === String(file.index)),
    }))
    const uploaded: FoundFiles['uploaded'][number][] = []
    for (const said of named) {
      const upload = await this.#pending(said.uploaded_filename, use)
      if (!upload || uploaded.some(({ id }) => id === upload.id)) return refuse('UPLOAD_NOT_FOUND')
      const size = await this.#deps.blobs.size(uploadKey(upload.id))
      if (size === undefined) return refuse('UPLOAD_NOT_FOUND')
      if (size !== upload.size) return refuse('FILE_TOO_LARGE')
      uploaded.push({ ...upload, said })
    }
    return ok({ ...use, inForm, uploaded })
  }

  async #pending(id: string, { channelId, userId, by }: Use): Promise<PendingUpload | undefined> {
    const found = isSnowflake(id) ? await this.#deps.pendingUploads.get(id) : undefined
    if (!found || found.claims.some((claim) => claim !== by)) return undefined
    const { upload } = found
    return upload.userId === userId && upload.channelId === channelId ? upload : undefined
  }

  /** Puts them where attachments are read, those that were uploaded only if nobody else was faster. */
  async keep(found: FoundFiles): Promise<Result<Attachment[], ApiError>> {
    const { channelId, inForm, uploaded, by } = found
    const { blobs, pendingUploads, db } = this.#deps
    for (const { id } of uploaded)
      if (!(await pendingUploads.claim(id, by))) return refuse('UPLOAD_NOT_FOUND')
    const ids = inForm.length === 0 ? [] : await newIds(db, inForm.length)
    const attachments = await Promise.all([
      ...inForm.map(async (file, index) => {
        const { bytes, said } = file
        const filename = cleanName(said?.filename ?? file.filename)
        const size = imageSize(bytes)
        // The parser calls text what has no type.
        const isUntyped = size !== undefined && file.contentType === 'text/plain'
        const content_type = contentTypeOf(filename, isUntyped ? undefined : file.contentType)
        const attachment = {
          ...describe(ids[index] as string, filename, bytes.length, content_type, said),
          ...(isImage(content_type) ? size : {}),
        }
        await blobs.put(attachmentKey(channelId, attachment.id, filename), bytes, content_type)
        return attachment
      }),
      ...uploaded.map(async ({ id, size, contentType, said, ...upload }) => {
        const filename = said.filename ? cleanName(said.filename) : upload.filename
        const key = attachmentKey(channelId, id, filename)
        // The link for the upload still works: who reads the message reads what cannot be replaced by it.
        if (!(await blobs.copy(uploadKey(id), key))) return undefined
        return {
          ...describe(id, filename, size, contentType, said),
          ...(isImage(contentType) ? await this.#sizeOf(key) : {}),
        }
      }),
    ])
    const kept = attachments.filter((attachment) => attachment !== undefined)
    return kept.length === attachments.length ? ok(kept) : refuse('UPLOAD_NOT_FOUND')
  }

  /** Of an image that is kept. No more of it is read than has to be. */
  async #sizeOf(key: string): Promise<ImageSize | undefined> {
    const blob = await this.#deps.blobs.get(key)
    const head: Uint8Array[] = []
    let length = 0
    for await (const piece of blob?.body ?? []) {
      head.push(piece)
      length += piece.length
      if (length >= IMAGE_HEAD_BYTES) break
    }
    return imageSize(Buffer.concat(head))
  }
}

/** Others are not shown in place, whatever their bytes are. */
const isImage = (contentType: string): boolean => contentType.startsWith('image/')

const isUploaded = <D extends Described>(entry: D): entry is D & { readonly uploaded_filename: string } =>
  entry.uploaded_filename != null

const describe = (
  id: string,
  filename: string,
  size: number,
  content_type: string,
  said: Described | undefined,
): Attachment => ({
  id,
  filename,
  size,
  content_type,
  ...(said?.description ? { description: said.description } : {}),
})
