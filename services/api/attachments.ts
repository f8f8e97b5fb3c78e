import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { BlobStore } from '#shared/ports/blob-store.ts'
import { type AttachmentLinks, attachmentKey } from './messages/attachment-links.ts'

/** What a browser may show in place without running anything. Everything else is downloaded. */
const SHOWN = /^(image\/(png|jpeg|gif|webp|avif)|video\/(mp4|webm)|audio\/(mpeg|ogg|wav))$/

/** GET /attachments/{channel}/{attachment}/{name}?ex&is&hm: files by signed links; no token needed, none helps. */
export function serveAttachments(
  app: FastifyInstance,
  { links, blobs }: { links: AttachmentLinks; blobs: BlobStore },
): void {
  app.get<{
    Params: { channel: string; attachment: string; name: string }
    Querystring: { ex?: string; is?: string; hm?: string }
  }>('/attachments/:channel/:attachment/:name', { schema: { hide: true } }, async (request, reply) => {
    const { channel, attachment, name } = request.params
    const key = attachmentKey(channel, attachment, name)
    if (!links.isValid(key, request.query))
      return reply.code(404).type('text/plain').send('This link has expired, or never was.')
    const blob = await blobs.get(key)
    if (!blob) return reply.code(404).type('text/plain').send('There is no such file.')
    const shown = SHOWN.test(blob.contentType)
    return reply
      .header('content-type', shown ? blob.contentType : 'application/octet-stream')
      .header('content-length', blob.size)
      .header(
        'content-disposition',
        `${shown ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(name)}`,
      )
      .header('x-content-type-options', 'nosniff')
      .header('content-security-policy', "default-src 'none'; sandbox")
      .header('cache-control', 'private, max-age=86400')
      .send(Readable.from(blob.body))
  })
}
