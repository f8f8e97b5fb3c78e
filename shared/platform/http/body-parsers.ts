import type { FastifyInstance } from 'fastify'
import { isStorable, parseLossless } from '#shared/protocol/lossless-json.ts'

/** Bytes of a body that is no file, nor has pictures in it. */
export const JSON_LIMIT = 1024 * 1024

/** Of a form without files; each is looked at by itself. */
const MOST_FIELDS = 1_000

/** Codes of parser errors, which the error handler answers. */
export const ParseError = { JSON: 'GUILDHALL_INVALID_JSON', TYPE: 'GUILDHALL_CONTENT_TYPE' } as const

/** Bodies in JSON without loss, in forms, and none whatever the type says. */
export function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') return done(null, undefined)
    const parsed = parseLossless(body as string)
    if (parsed.ok) return done(null, parsed.value)
    done(Object.assign(new Error('invalid JSON'), { statusCode: 400, code: ParseError.JSON }))
  })
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => {
      const { length } = (body as string).split('&', MOST_FIELDS + 1)
      if (body.length > JSON_LIMIT || length > MOST_FIELDS)
        return done(Object.assign(new Error('too large'), { statusCode: 413 }))
      const fields = [...new URLSearchParams(body as string)]
      if (fields.flat().every(isStorable)) return done(null, Object.fromEntries(fields))
      done(Object.assign(new Error('not text'), { statusCode: 400, code: ParseError.TYPE }))
    },
  )
  // Libraries send application/octet-stream with empty bodies: the type counts only when there is something.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    if ((body as Buffer).length === 0) return done(null, undefined)
    done(Object.assign(new Error('unknown content type'), { statusCode: 400, code: ParseError.TYPE }))
  })
}
