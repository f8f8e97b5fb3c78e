import type { FastifyInstance } from 'fastify'
import type { Metrics } from '#shared/platform/metrics.ts'

const HIDDEN = { schema: { hide: true } }

/** For whoever watches the process: is it alive, would a request succeed, what does it measure. */
export function addHealth(
  http: FastifyInstance,
  metrics: Metrics,
  /** Why a request would not succeed now; undefined: it would. */
  notReady: () => Promise<string | undefined>,
): void {
  http.get('/health/live', HIDDEN, async () => ({ status: 'live' }))
  http.get('/health/ready', HIDDEN, async (_request, reply) => {
    const reason = await notReady()
    return reply
      .code(reason === undefined ? 200 : 503)
      .send(reason === undefined ? { status: 'ready' } : { status: 'not ready', reason })
  })
  http.get('/metrics', HIDDEN, async (_request, reply) => {
    const { body, contentType } = await metrics.page()
    return reply.header('content-type', contentType).send(body)
  })
}
