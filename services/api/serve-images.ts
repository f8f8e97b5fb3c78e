import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { isSnowflake } from '#shared/kernel/ids.ts'
import type { BlobStore } from '#shared/ports/blob-store.ts'
import { IMAGE_KINDS, imageKey } from './images.ts'

const FILE = /^((?:a_)?[0-9a-f]{32})\.(?:png|jpe?g|webp|gif)$/

/**
 * GET /avatars/{user}/{hash}.png and its like: public, at the paths that clients make of ids and hashes. Whatever
 * extension and size they ask for, they get the image as it was put there, with its own type.
 */
export function serveImages(app: FastifyInstance, { blobs }: { blobs: BlobStore }): void {
  for (const kind of IMAGE_KINDS)
    app.get<{ Params: { owner: string; file: string } }>(
      `/${kind}/:owner/:file`,
      { schema: { hide: true } },
      async (request, reply) => {
        const { owner, file } = request.params
        const hash = FILE.exec(file)?.[1]
        const blob = hash && isSnowflake(owner) ? await blobs.get(imageKey(kind, owner, hash)) : undefined
        if (!blob) return reply.code(404).type('text/plain').send('There is no such image.')
        return reply
          .header('content-type', blob.contentType)
          .header('content-length', blob.size)
          .header('content-disposition', 'inline')
          .header('x-content-type-options', 'nosniff')
          .header('content-security-policy', "default-src 'none'; sandbox")
          .header('cache-control', 'public, max-age=31536000, immutable')
          .send(Readable.from(blob.body))
      },
    )
}
