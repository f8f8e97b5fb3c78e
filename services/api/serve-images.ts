import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { isSnowflake } from '#shared/kernel/ids.ts'
import type { BlobStore } from '#shared/ports/blob-store.ts'
import { emojiPicture } from './features/emoji/emojis.ts'
import { IMAGE_KINDS, imageKey } from './images.ts'

const FILE = /^((?:a_)?[0-9a-f]{32})\.(?:png|jpe?g|gif|webp|avif)$/
const EMOJI = /^([0-9]{1,19})\.(?:png|jpe?g|gif|webp|avif)$/

/**
 * GET /avatars/{user}/{hash}.png and its like, and GET /emojis/{emoji}.png: public, at the paths that clients make of ids
 * and hashes. Whatever extension and size they ask for, they get the image as it was put there, with its own type.
 */
export function serveImages(app: FastifyInstance, { blobs }: { blobs: BlobStore }): void {
  const send = async (reply: FastifyReply, key: string | undefined) => {
    const blob = key === undefined ? undefined : await blobs.get(key)
    if (!blob) return reply.code(404).type('text/plain').send('There is no such image.')
    return reply
      .header('content-type', blob.contentType)
      .header('content-length', blob.size)
      .header('content-disposition', 'inline')
      .header('x-content-type-options', 'nosniff')
      .header('content-security-policy', "default-src 'none'; sandbox")
      .header('cache-control', 'public, max-age=31536000, immutable')
      .send(Readable.from(blob.body))
  }
  const hidden = { schema: { hide: true } }
  for (const kind of IMAGE_KINDS)
    app.get<{ Params: { owner: string; file: string } }>(
      `/${kind}/:owner/:file`,
      hidden,
      ({ params }, reply) => {
        const hash = FILE.exec(params.file)?.[1]
        return send(reply, hash && isSnowflake(params.owner) ? imageKey(kind, params.owner, hash) : undefined)
      },
    )
  app.get<{ Params: { file: string } }>('/emojis/:file', hidden, ({ params }, reply) => {
    const id = EMOJI.exec(params.file)?.[1]
    return send(reply, id && emojiPicture(id))
  })
}
