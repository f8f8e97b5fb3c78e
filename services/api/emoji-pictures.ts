import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { BlobStore } from '#shared/ports/blob-store.ts'
import { emojiPicture } from './features/emoji/emojis.ts'

const FILE = /^([0-9]{1,19})\.(?:png|jpe?g|gif|webp|avif)$/

/**
 * GET /emojis/{emoji}.{format}, as on Discord's CDN, for whoever knows the id. Pictures come as they were uploaded,
 * whatever format is asked for, and never change.
 */
export function serveEmojiPictures(app: FastifyInstance, { blobs }: { blobs: BlobStore }): void {
  app.get<{ Params: { file: string } }>(
    '/emojis/:file',
    { schema: { hide: true } },
    async (request, reply) => {
      const id = FILE.exec(request.params.file)?.[1]
      const blob = id && (await blobs.get(emojiPicture(id)))
      if (!blob) return reply.code(404).type('text/plain').send('There is no such emoji.')
      return reply
        .header('content-type', blob.contentType)
        .header('content-length', blob.size)
        .header('x-content-type-options', 'nosniff')
        .header('content-security-policy', "default-src 'none'; sandbox")
        .header('cache-control', 'public, max-age=31536000, immutable')
        .send(Readable.from(blob.body))
    },
  )
}
