import type { FastifyInstance, FastifyReply } from 'fastify'
import { MOST_FILE_BYTES } from '#shared/domain/message/upload-limits.ts'
import type { BlobStore } from '#shared/ports/blob-store.ts'
import { uploadKey } from './messages/message-files.ts'
import type { UploadLinks } from './messages/upload-links.ts'

interface Upload {
  Params: { upload: string }
  Querystring: { ex?: string; size?: string; type?: string; hm?: string }
}

/** PUT /uploads/{upload}?ex&size&type&hm: the bytes of one announced file, by a signed link; no token needed. */
export async function serveUploads(
  app: FastifyInstance,
  { links, blobs }: { links: UploadLinks; blobs: BlobStore },
): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    scope.put<Upload>(
      '/uploads/:upload',
      {
        schema: { hide: true },
        bodyLimit: MOST_FILE_BYTES,
        // Before the body is read: only who has a link may send one.
        onRequest: async ({ params, query, headers }, reply) => {
          const terms = links.termsOf(uploadKey(params.upload), query)
          if (!terms) return refuse(reply, 'This link has expired, or never was.')
          if (headers['content-length'] !== String(terms.size))
            return refuse(reply, `This link is for exactly ${terms.size} bytes, with a Content-Length.`)
          if (headers['content-type'] !== terms.contentType)
            return refuse(reply, `This link is for the Content-Type ${terms.contentType}.`)
          return undefined
        },
      },
      async ({ params, query, body }, reply) => {
        const bytes = (body as Buffer | undefined) ?? new Uint8Array(0)
        await blobs.put(uploadKey(params.upload), bytes, String(query.type))
        return reply.code(200).send()
      },
    )
  })
}

/** As S3 does, whatever is wrong. */
const refuse = (reply: FastifyReply, why: string) => reply.code(403).type('text/plain').send(why)
