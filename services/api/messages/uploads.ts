import type { Attachment } from '#shared/domain/message/stored-message.ts'
import type { UploadedFile } from '#shared/platform/http/multipart.ts'
import type { BlobStore } from '#shared/ports/blob-store.ts'
import type { Db } from '#shared/store/database.ts'
import { newIds } from '#shared/store/guild-store.ts'
import { attachmentKey } from './attachment-links.ts'

interface Described {
  readonly id: string | number
  readonly filename?: string | null
  readonly description?: string | null
}

/** Stores uploaded files; what the request says of `attachments` is matched by the n of `files[n]`. */
export async function storeUploads(
  deps: { db: Db; blobs: BlobStore },
  channelId: string,
  files: readonly UploadedFile[],
  described: readonly Described[] | null | undefined,
): Promise<Attachment[]> {
  if (files.length === 0) return []
  const ids = await newIds(deps.db, files.length)
  return Promise.all(
    files.map(async (file, index): Promise<Attachment> => {
      const id = ids[index] as string
      const said = described?.find((entry) => String(entry.id) === String(file.index))
      const filename = cleanName(said?.filename ?? file.filename)
      const content_type = /^[\w.+-]+\/[\w.+-]+$/.test(file.contentType)
        ? file.contentType
        : 'application/octet-stream'
      await deps.blobs.put(attachmentKey(channelId, id, filename), file.bytes, content_type)
      return {
        id,
        filename,
        size: file.bytes.length,
        content_type,
        ...(said?.description ? { description: said.description } : {}),
      }
    }),
  )
}

const LONGEST_NAME = 200

/** A name that is one path segment everywhere, at most 200 bytes long, with its extension. */
export function cleanName(name: string): string {
  const cleaned = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}._-]+/gu, '_')
    .replace(/^\.+/, '')
  const extension = /\.[\w-]{1,16}$/.exec(cleaned)?.[0] ?? ''
  const stem = Buffer.from(cleaned.slice(0, cleaned.length - extension.length))
  // As a stream the decoder leaves out a character that is cut off at the end.
  const kept = new TextDecoder().decode(stem.subarray(0, LONGEST_NAME - extension.length), { stream: true })
  return kept + extension || 'file'
}
