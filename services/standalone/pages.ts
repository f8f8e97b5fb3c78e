import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import type { Metrics } from '#shared/platform/metrics.ts'

const WEB = new URL('../../web/', import.meta.url)

/** Health, metrics, and the pages of a development server. */
export async function addPages(
  http: FastifyInstance,
  deps: {
    readonly metrics: Metrics
    /** Why a request would not succeed now; undefined: it would. */
    readonly notReady: () => Promise<string | undefined>
    readonly inbox: () => Promise<unknown[]>
  },
): Promise<void> {
  const hidden = { schema: { hide: true } }
  http.get('/health/live', hidden, async () => ({ status: 'live' }))
  http.get('/health/ready', hidden, async (_request, reply) => {
    const reason = await deps.notReady()
    return reply
      .code(reason === undefined ? 200 : 503)
      .send(reason === undefined ? { status: 'ready' } : { status: 'not ready', reason })
  })
  http.get('/metrics', hidden, async (_request, reply) => {
    const { body, contentType } = await deps.metrics.page()
    return reply.header('content-type', contentType).send(body)
  })
  http.get('/dev/inbox.json', hidden, async () => deps.inbox())
  const pages: Record<string, string> = {
    '/': 'index.html',
    '/verify': 'verify.html',
    '/dev/inbox': 'dev-inbox.html',
  }
  for (const [path, file] of Object.entries(pages)) {
    const page = await readFile(new URL(file, WEB), 'utf8')
    http.get(path, hidden, async (_request, reply) => reply.type('text/html; charset=utf-8').send(page))
  }
}
