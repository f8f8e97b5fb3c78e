import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify'
import { LostStore } from '#shared/kernel/lost-store.ts'
import { formErrorsOf, type ValidationError } from '#shared/protocol/validation-errors.ts'
import { type ApiError, answerTo } from './api-error.ts'
import { ParseError } from './body-parsers.ts'

/** The one mapper from what went wrong to an answer: nothing that a client sends ends in a 500. */
export function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((_request, reply) => answer(reply, { code: 'NOT_FOUND' }))
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error.validation)
      return answer(reply, {
        code: 'form',
        errors: formErrorsOf(error.validation as unknown as ValidationError[]),
      })
    if (error.code === ParseError.JSON) return answer(reply, { code: 'INVALID_JSON' })
    if (error.statusCode === 413) return answer(reply, { code: 'REQUEST_TOO_LARGE' })
    if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
      return answer(reply, { code: 'INVALID_FORM_BODY' })
    }
    if (isLostDependency(error)) {
      request.log.error({ err: error }, 'a store is away')
      return answer(reply, { code: 'SERVICE_UNAVAILABLE' })
    }
    request.log.error({ err: error }, 'unexpected error')
    return answer(reply, { code: 'INTERNAL_SERVER_ERROR' })
  })
}

/** A store that says so, or connection trouble and shutdown states of Postgres: the caller may try again. */
function isLostDependency(error: FastifyError): boolean {
  if (error instanceof LostStore) return true
  const code = String(error.code ?? '')
  return (
    /^(ECONN\w+|E(HOST|NET)UNREACH|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|57P0\d|08\d{3}|25006|53\d{3})$/.test(
      code,
    ) || /Connection terminated|timeout exceeded when trying to connect|the log is closed/.test(error.message)
  )
}

export function answer(reply: FastifyReply, error: ApiError): FastifyReply {
  const { status, body, retryAfterSeconds } = answerTo(error)
  if (retryAfterSeconds !== undefined)
    reply.header('retry-after', String(Math.max(1, Math.ceil(retryAfterSeconds))))
  // Of what all are limited in together, and nobody is to blame for.
  if (error.code === 'SLOWMODE') reply.header('x-ratelimit-scope', 'shared')
  return json(reply.code(status), body)
}

/** @param scope global: it is so for whatever the caller asks for */
export function tooMany(reply: FastifyReply, seconds: number, scope: 'user' | 'global'): FastifyReply {
  reply.header('retry-after', String(Math.max(1, Math.ceil(seconds)))).header('x-ratelimit-scope', scope)
  if (scope === 'global') reply.header('x-ratelimit-global', 'true')
  return json(reply.code(429), {
    message: 'You are being rate limited.',
    retry_after: seconds,
    global: scope === 'global',
    code: 0,
  })
}

const json = (reply: FastifyReply, body: unknown): FastifyReply => sendJson(reply, JSON.stringify(body))

/** As bytes: to a text Fastify would add a charset. */
export const sendJson = (reply: FastifyReply, text: string): FastifyReply =>
  reply.header('content-type', 'application/json').send(Buffer.from(text))
