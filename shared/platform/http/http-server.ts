import { createHash, randomUUID } from 'node:crypto'
import cors from '@fastify/cors'
import multipart from '@fastify/multipart'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify'
import { MOST_FILE_BYTES } from '#shared/domain/message/upload-limits.ts'
import type { Clock } from '#shared/kernel/clock.ts'
import { isSnowflake } from '#shared/kernel/ids.ts'
import type { Logger } from '#shared/platform/logger.ts'
import type { Metrics } from '#shared/platform/metrics.ts'
import type { FactsQuery, RequestFacts } from '#shared/ports/request-facts.ts'
import { hashToken } from '#shared/protocol/tokens.ts'
import { answer, answerErrors, json, tooMany } from './answers.ts'
import type { ApiError } from './api-error.ts'
import { readAuditReason } from './audit-reason.ts'
import { readBodies } from './body-parsers.ts'
import { discardRest } from './discard-rest.ts'
import type { Endpoint, HttpRequest } from './endpoint.ts'
import { GcraCells } from './gcra-cells.ts'
import { readForm, type UploadedFile } from './multipart.ts'
import { answerNoHttp } from './no-http.ts'
import { RateLimits } from './rate-limits.ts'
import type { SharedCells } from './shared-cells.ts'

const JSON_LIMIT = 1024 * 1024
/** For a whole request to arrive, files on slow connections included. */
const REQUEST_MS = 300_000
/** What is served under each: libraries of another age ask for v9, some for none. */
const PREFIXES = ['/api/v10', '/api/v9', '/api']

interface Options {
  readonly logger: Logger
  readonly metrics: Metrics
  readonly clock: Clock
  readonly facts: (query: FactsQuery) => Promise<RequestFacts | undefined>
  /** Addresses and networks of the proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies?: readonly string[] | null
  /** Where several processes count requests together; without, this one counts alone. */
  readonly sharedCells?: SharedCells
}

declare module 'fastify' {
  interface FastifyInstance {
    /** What every endpoint of this server shares. */
    guildhall: { readonly rateLimits: RateLimits } & Pick<Options, 'facts' | 'clock'>
  }
}

interface Carried {
  facts?: RequestFacts
  factsAskedAt: number
  tokenHash?: Buffer
  files: readonly UploadedFile[]
  attempt: HttpRequest['attempt']
}

const carried = new WeakMap<FastifyRequest, Carried>()

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
  const { clock, facts, sharedCells } = options
  const rateLimits = new RateLimits(clock, sharedCells ?? new GcraCells(clock))
  app.decorate('guildhall', { rateLimits, clock, facts })
  app.addHook('onReady', async () => sharedCells?.join())
  app.addHook('onClose', async () => sharedCells?.leave())
  await app.register(cors, {
    origin: true,
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      'Authorization',
      'Content-Type',
      'X-Audit-Log-Reason',
      'X-Super-Properties',
      'X-Discord-Locale',
      'X-Debug-Options',
    ],
    exposedHeaders: [
      'Retry-After',
      'X-RateLimit-Limit',
      'X-RateLimit-Remaining',
      'X-RateLimit-Reset',
      'X-RateLimit-Reset-After',
      'X-RateLimit-Bucket',
      'X-RateLimit-Scope',
      'Date',
    ],
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
    if (reply.statusCode === 413) await discardRest(request.raw, clock)
    // Kept alive, the connection would be waited for.
    if (closing) reply.header('connection', 'close')
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

/** Registers an endpoint under every prefix; OpenAPI describes the first. */
export function serve(app: FastifyInstance, endpoints: readonly Endpoint[], limited: boolean): void {
  const { rateLimits, facts, clock } = app.guildhall
  for (const definition of endpoints) {
    PREFIXES.forEach((prefix, index) => {
      app.route({
        method: definition.method,
        url: prefix + definition.path,
        ...(definition.files || definition.images ? { bodyLimit: MOST_FILE_BYTES + JSON_LIMIT } : {}),
        schema: {
          hide: index > 0,
          tags: [definition.tag],
          summary: definition.summary,
          ...(definition.access === 'anyone' ? {} : { security: [{ token: [] }] }),
          ...(definition.schema.params ? { params: definition.schema.params } : {}),
          ...(definition.schema.query ? { querystring: definition.schema.query } : {}),
          ...(definition.schema.body ? { body: definition.schema.body } : {}),
          response: responsesOf(definition),
        },
        preValidation: async (request, reply) => {
          const refusal = await prepare(definition, request, { facts, clock })
          if (refusal) return answer(reply, refusal)
          if (!limited) return undefined
          const caller = carried.get(request)?.facts?.caller.id ?? request.ip
          const verdict = await rateLimits.take(definition.bucket, `${caller}:${majorParameter(request)}`)
          reply.headers(verdict.headers)
          if (!verdict.allowed) return tooMany(reply, verdict.retryAfterSeconds)
          return undefined
        },
        handler: async (request, reply) => {
          const result = await definition.handle(requestOf(request))
          if (!result.ok) return answer(reply, result.error)
          const status = definition.success ?? 200
          if (status === 204 || result.value === undefined) return reply.code(204).send()
          return json(reply.code(status), result.value)
        },
      })
    })
  }
}

/** For OpenAPI alone: bodies are serialised by their endpoints. */
function responsesOf({ success = 200 }: Endpoint): object {
  const refused = {
    description: 'Refused: nothing was changed',
    type: 'object',
    required: ['code', 'message'],
    properties: { code: { type: 'integer' }, message: { type: 'string' }, errors: { type: 'object' } },
  }
  const done = success === 204 ? { description: 'Done', type: 'null' } : { description: 'Success' }
  return { [success]: done, '4xx': refused, 503: { ...refused, description: 'Try again' } }
}

/** Form, token and facts: what must stand before the schema is looked at. */
async function prepare(
  definition: Endpoint,
  request: FastifyRequest,
  { facts: readFacts, clock }: Pick<Options, 'facts' | 'clock'>,
): Promise<ApiError | undefined> {
  const kept: Carried = { files: [], attempt: null, factsAskedAt: 0 }
  carried.set(request, kept)
  if (request.isMultipart()) {
    if (!definition.files) return { code: 'INVALID_FORM_BODY' }
    const form = await readForm(request)
    if (!form.ok) return form.error
    request.body = form.value.body
    kept.files = form.value.files
  }
  if (definition.schema.body && request.body === undefined) request.body = {}
  const token = tokenOf(request.headers.authorization)
  if (token === undefined) return definition.access === 'anyone' ? undefined : { code: 'UNAUTHORIZED' }
  kept.tokenHash = hashToken(token)
  if (definition.creates) {
    const bodyHash = createHash('sha256').update(JSON.stringify(request.body ?? null))
    for (const file of kept.files) bodyHash.update(file.filename).update(file.bytes)
    kept.attempt = {
      route: `${definition.method} ${request.url.replace(/\?.*$/, '')}`,
      bodyHash: bodyHash.digest(),
    }
  }
  const params = request.params as Record<string, string | undefined>
  kept.factsAskedAt = clock.monotonic()
  const facts = await readFacts({
    tokenHash: kept.tokenHash,
    channelId: idOrNull(params.channel_id),
    guildId: idOrNull(params.guild_id),
    attempt: kept.attempt,
  })
  if (!facts) return { code: 'UNAUTHORIZED' }
  kept.facts = facts
  if (definition.access === 'verified' && !facts.caller.bot && !facts.caller.verified)
    return { code: 'VERIFICATION_REQUIRED' }
  return undefined
}

function requestOf(request: FastifyRequest): HttpRequest {
  const { facts, factsAskedAt, tokenHash, files, attempt } = carried.get(request) as Carried
  return {
    params: request.params as never,
    query: request.query as never,
    body: request.body as never,
    files,
    facts: facts as RequestFacts,
    factsAskedAt,
    caller: facts?.caller as never,
    tokenHash: tokenHash as Buffer,
    host: request.headers.host ?? request.hostname,
    userAgent: request.headers['user-agent'],
    auditReason: readAuditReason(request.headers['x-audit-log-reason']),
    attempt,
  }
}

/** `Bot <token>`, `Bearer <token>`, or the bare token of a person. */
function tokenOf(header: string | undefined): string | undefined {
  const token = header?.replace(/^(Bot|Bearer)\s+/i, '').trim()
  return token === undefined || token === '' || token.length > 512 ? undefined : token
}

const idOrNull = (value: string | undefined): string | null =>
  value !== undefined && isSnowflake(value) ? value : null

/** The router decodes parameters, not the fixed `@me`, which some libraries encode [HTTP-5]. */
const withPlainAt = (url: string): string => url.replace(/^[^?]*/, (path) => path.replace(/%40/g, '@'))

function majorParameter(request: FastifyRequest): string {
  const params = request.params as Record<string, string | undefined>
  return params.channel_id ?? params.guild_id ?? params.webhook_id ?? ''
}
