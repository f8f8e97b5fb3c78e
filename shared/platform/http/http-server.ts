import { randomUUID } from 'node:crypto'
import cors from '@fastify/cors'
import multipart from '@fastify/multipart'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify'
import { MOST_FILE_BYTES } from '#shared/domain/message/upload-limits.ts'
import type { Clock } from '#shared/kernel/clock.ts'
import { isSnowflake } from '#shared/kernel/ids.ts'
import type { Logger } from '#shared/platform/logger.ts'
import type { Metrics } from '#shared/platform/metrics.ts'
import type { KeptAnswers } from '#shared/ports/kept-answers.ts'
import type { FactsQuery, RequestFacts } from '#shared/ports/request-facts.ts'
import { answer, answerErrors } from './answers.ts'
import { JSON_LIMIT, readBodies } from './body-parsers.ts'
import { discardRest } from './discard-rest.ts'
import { GcraCells } from './gcra-cells.ts'
import { answerNoHttp } from './no-http.ts'
import { RateLimits, type RateSizes } from './rate-limits.ts'
import type { SharedCells } from './shared-cells.ts'

/** For a whole request to arrive, files on slow connections included. */
const REQUEST_MS = 300_000

interface Options {
  readonly logger: Logger
  readonly metrics: Metrics
  readonly clock: Clock
  readonly facts: (query: FactsQuery) => Promise<RequestFacts | undefined>
  /** Addresses and networks of the proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies?: readonly string[] | null
  /** Where several processes count requests together; without, this one counts alone. */
  readonly sharedCells?: SharedCells
  readonly rates?: RateSizes
  /** Origins of pages that may read answers; null: all. */
  readonly origins?: readonly string[] | null
  /** Where answers to requests under an `Idempotency-Key` are kept; without, the header says nothing. */
  readonly keptAnswers?: KeptAnswers
}

declare module 'fastify' {
  interface FastifyInstance {
    /** What every endpoint of this server shares. */
    guildhall: { readonly rateLimits: RateLimits } & Pick<Options, 'facts' | 'clock' | 'keptAnswers'>
  }
  interface FastifyContextConfig {
    /** false: what the route answers is for no page [@fastify/cors]. */
    cors?: false
  }
}

/** Routes that a machine trusts its own people with, such as the inbox of mails: no page in their browsers. */
const isForPages = (route: string): boolean => !/^\/(dev|metrics|health)\b/.test(route)

/** In one piece: every answer has it. */
const EXPOSED_HEADERS = [
  'Retry-After',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'X-RateLimit-Reset-After',
  'X-RateLimit-Bucket',
  'X-RateLimit-Scope',
  'X-RateLimit-Global',
  'Idempotency-Replayed',
  'Date',
].join(', ')

/** The HTTP side that all services share: parsing, authentication, limits, errors, OpenAPI. */
export async function createHttpServer(options: Options): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: options.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: JSON_LIMIT,
    requestTimeout: REQUEST_MS,
    trustProxy: options.trustedProxies ? [...options.trustedProxies] : false,
    genReqId: () => randomUUID(),
    rewriteUrl: ({ url = '/' }) => withPlainAt(url),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
    clientErrorHandler: answerNoHttp,
    // Of a path that cannot be decoded, or has an endless part.
    frameworkErrors: (_error, _request, reply) => {
      answer(reply, { code: 'INVALID_FORM_BODY' })
    },
    ajv: {
      customOptions: {
        coerceTypes: false,
        removeAdditional: false,
        verbose: true,
        allowUnionTypes: true,
        strict: false,
      },
      plugins: [(ajv) => ajv.addFormat('snowflake', isSnowflake)],
    },
  })
  const { clock, facts, sharedCells, keptAnswers } = options
  const rateLimits = new RateLimits(clock, sharedCells ?? new GcraCells(clock), options.rates)
  app.decorate('guildhall', { rateLimits, clock, facts, ...(keptAnswers ? { keptAnswers } : {}) })
  app.addHook('onReady', async () => sharedCells?.join())
  app.addHook('onClose', async () => sharedCells?.leave())
  app.addHook('onRoute', (route) => {
    if (!isForPages(route.url)) route.config = { ...route.config, cors: false }
  })
  await app.register(cors, {
    origin: options.origins ? [...options.origins] : true,
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      'Authorization',
      'Content-Type',
      'X-Audit-Log-Reason',
      'Idempotency-Key',
      'X-Super-Properties',
      'X-Discord-Locale',
      'X-Debug-Options',
    ],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 86_400,
    // An OPTIONS without the headers of a preflight is told the same.
    strictPreflight: false,
  })
  readBodies(app)
  await app.register(multipart, {
    limits: { fileSize: MOST_FILE_BYTES, files: 11, fields: 50, fieldSize: JSON_LIMIT },
  })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Guildhall',
        version: '10',
        description: 'A community server that speaks the Discord v10 wire format.',
      },
      components: { securitySchemes: { token: { type: 'apiKey', in: 'header', name: 'Authorization' } } },
    },
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { layout: 'BaseLayout' },
    theme: { title: 'Guildhall: the REST interface' },
  })
  answerErrors(app)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    // Neither ids nor words have it, and no store takes it.
    if (/%00/.test(request.url)) return answer(reply, { code: 'INVALID_FORM_BODY' })
    return undefined
  })
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  app.addHook('onSend', async (request, reply, payload) => {
    // Kept alive, the connection would be waited for.
    if (closing) reply.header('connection', 'close')
    const closes = closing || /\bclose\b/i.test(request.headers.connection ?? '')
    if (reply.statusCode === 413 || (closes && reply.statusCode >= 400)) await discardRest(request.raw, clock)
    // Exactly this: eris, oceanic.js and discord.py do not parse a body with a charset.
    if (String(reply.getHeader('content-type') ?? '').startsWith('application/json')) {
      reply.header('content-type', 'application/json')
    }
    return payload
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown'
    options.metrics.requests.observe(
      { method: request.method, route, status: reply.statusCode },
      reply.elapsedTime / 1_000,
    )
    request.log.debug(
      { method: request.method, route, status: reply.statusCode, ms: reply.elapsedTime },
      'request',
    )
  })
  app.get('/api/v10/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  return app
}

/** The router decodes parameters, not the fixed `@me`, which some libraries encode [HTTP-5]. */
const withPlainAt = (url: string): string =>
  url.includes('%40') ? url.replace(/^[^?]*/, (path) => path.replace(/%40/g, '@')) : url
