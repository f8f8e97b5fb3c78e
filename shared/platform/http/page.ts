import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'

const WEB = new URL('../../../web/', import.meta.url)

/** Serves a file of web/ as a page. */
export async function addPage(http: FastifyInstance, path: string, file: string): Promise<void> {
  const page = await readFile(new URL(file, WEB), 'utf8')
  http.get(path, { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(page),
  )
}
