import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { MOST_FILE_BYTES } from '#shared/domain/message/upload-limits.ts'
import { isSnowflake } from '#shared/kernel/ids.ts'
import { ok, type Result } from '#shared/kernel/result.ts'
import type { KeptAnswers } from '#shared/ports/kept-answers.ts'
import type { RequestFacts } from '#shared/ports/request-facts.ts'
import { hashToken } from '#shared/protocol/tokens.ts'
import { answerOnce, type Given, keyHash, refuseKey } from './answer-once.ts'
import { answer, sendJson, tooMany } from './answers.ts'
import type { ApiError } from './api-error.ts'
import { readAuditReason } from './audit-reason.ts'
import { JSON_LIMIT } from './body-parsers.ts'
import type { Endpoint, HttpRequest } from './endpoint.ts'
import { readForm, type UploadedFile } from './multipart.ts'
import { networkOf } from './network-of.ts'
import type { RateLimits } from './rate-limits.ts'
import { type TextReader, textReader } from './read-text.ts'

/** What is served under each: libraries of another age ask for v9, some for none. */
const PREFIXES = ['/api/v10', '/api/v9', '/api']

/** Of a body that is read whoever sends it. */
const SMALL_BODY = 64 * 1024

interface Carried {
  /** The limits were asked already. */
  isCounted: boolean
  facts?: RequestFacts
  factsAskedAt: number
  tokenHash?: Buffer
  files: readonly UploadedFile[]
  attempt: HttpRequest['attempt']
  bodyHash?: Buffer
}

const carried = new WeakMap<FastifyRequest, Carried>()

/** Registers an endpoint under every prefix; OpenAPI describes the first. */
export function serve(app: FastifyInstance, endpoints: readonly Endpoint[], limited: boolean): void {
  const { rateLimits, facts, clock, keptAnswers } = app.guildhall
  for (const definition of endpoints) {
    const readText = definition.schema.body && textReader(definition.schema.body)
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
        onRequest: async (request, reply) => {
          const seconds = limited ? rateLimits.shutOutFor(networkOf(request.ip)) : 0
          if (seconds > 0) return tooMany(reply, seconds, 'global')
          const kept: Carried = { isCounted: false, files: [], attempt: null, factsAskedAt: 0 }
          carried.set(request, kept)
          const token = tokenOf(request.headers.authorization)
          if (token !== undefined) kept.tokenHash = hashToken(token)
          else if (definition.access !== 'anyone') return answer(reply, { code: 'UNAUTHORIZED' })
          if (!hasLargeBody(request)) return undefined
          // Nobody else's is worth reading. What the facts say is asked again when it has come.
          const refusal = await identify(definition, request, { facts, clock })
          return countOrRefuse(definition, request, reply, { refusal, limited })
        },
        preValidation: async (request, reply) => {
          const refusal = await prepare(definition, request, { facts, clock, readText })
          return countOrRefuse(definition, request, reply, { refusal, limited })
        },
        ...(limited ? { onResponse: noteRefusal(rateLimits) } : {}),
        handler: async (request, reply) => {
          const key = request.headers[IDEMPOTENCY_KEY]
          const result =
            key === undefined || !keptAnswers || !takesKeys(definition) || !carried.get(request)?.facts
              ? await perform(definition, request)
              : await performOnce(definition, request, String(key), keptAnswers)
          if (!result.ok) return answer(reply, result.error)
          const { status, text, isRepeat } = result.value
          if (isRepeat) reply.header('idempotency-replayed', 'true')
          return text === null ? reply.code(204).send() : sendJson(reply.code(status), text)
        },
      })
    })
  }
}

const COUNTED = [401, 403, 429]

/** Who is refused too often is shut out for a while: whoever tries tokens, or does not wait when told to [HTTP-8]. */
const noteRefusal = (rateLimits: RateLimits) => async (request: FastifyRequest, reply: FastifyReply) => {
  // What cannot be read has not been counted as a request.
  const isUnread = reply.statusCode === 400 && !carried.get(request)?.isCounted
  const isShared = reply.getHeader('x-ratelimit-scope') === 'shared'
  if (isShared || !(isUnread || COUNTED.includes(reply.statusCode))) return
  const network = networkOf(request.ip)
  if (rateLimits.shutOutFor(network) === 0) await rateLimits.noteRefusal(network)
}

/** Whoever is known is told his rate limits with a refusal too. */
async function countOrRefuse(
  definition: Endpoint,
  request: FastifyRequest,
  reply: FastifyReply,
  { refusal, limited }: { refusal: ApiError | undefined; limited: boolean },
): Promise<FastifyReply | undefined> {
  const isCounted = limited && (!refusal || carried.get(request)?.facts)
  const over = isCounted ? await count(definition, request, reply) : undefined
  return over ?? (refusal && answer(reply, refusal))
}

/** Once a request: what the caller may still ask for, and the answer to who may not. */
async function count(
  { bucket }: Endpoint,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  const kept = carried.get(request) as Carried
  if (kept.isCounted) return undefined
  kept.isCounted = true
  const { rateLimits } = request.server.guildhall
  const caller = kept.facts?.caller.id ?? networkOf(request.ip)
  const [verdict, waitSeconds] = await Promise.all([
    rateLimits.take(bucket, `${caller}:${majorParameter(request)}`),
    rateLimits.takeGlobal(caller),
  ])
  reply.headers(verdict.headers)
  if (waitSeconds > 0) return tooMany(reply, waitSeconds, 'global')
  if (!verdict.allowed) return tooMany(reply, verdict.retryAfterSeconds, 'user')
  return undefined
}

function hasLargeBody({ headers }: FastifyRequest): boolean {
  const length = headers['content-length']
  return length === undefined ? headers['transfer-encoding'] !== undefined : Number(length) > SMALL_BODY
}

const IDEMPOTENCY_KEY = 'idempotency-key'

const takesKeys = ({ method, isSecret }: Endpoint): boolean => method === 'POST' && !isSecret

async function perform(
  definition: Endpoint,
  request: FastifyRequest,
  attemptedId?: string | null,
): Promise<Result<Given, ApiError>> {
  const result = await definition.handle(requestOf(request, attemptedId))
  if (!result.ok) return result
  const { success = 200 } = definition
  if (success === 204 || result.value === undefined) return ok({ status: 204, text: null })
  return ok({ status: success, text: JSON.stringify(result.value) })
}

async function performOnce(
  definition: Endpoint,
  request: FastifyRequest,
  key: string,
  keptAnswers: KeptAnswers,
): Promise<Result<Given, ApiError>> {
  const { facts, bodyHash } = carried.get(request) as Carried
  const [path, query] = request.url.split('?', 2) as [string, string | undefined]
  const hash = keyHash(request.method, path, key)
  if (!hash) return refuseKey()
  const keyed = {
    callerId: (facts as RequestFacts).caller.id,
    request: hash,
    bodyHash: createHash('sha256')
      .update(query ?? '')
      .update(bodyHash as Buffer)
      .digest(),
    id: (facts as RequestFacts).newId,
    takesIds: definition.creates === true,
  }
  return answerOnce(keptAnswers, keyed, (attemptedId) => perform(definition, request, attemptedId))
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

/** Form and facts: what must stand before the schema is looked at. */
async function prepare(
  definition: Endpoint,
  request: FastifyRequest,
  {
    facts,
    clock,
    readText,
  }: Pick<FastifyInstance['guildhall'], 'facts' | 'clock'> & { readText: TextReader | undefined },
): Promise<ApiError | undefined> {
  const kept = carried.get(request) as Carried
  if (request.isMultipart()) {
    if (!definition.files) return { code: 'INVALID_FORM_BODY' }
    const form = await readForm(request)
    if (!form.ok) return form.error
    request.body = form.value.body
    kept.files = form.value.files
  }
  if (definition.schema.body && request.body === undefined) request.body = {}
  if (readText) request.body = readText(request.body, isForm(request))
  if (!kept.tokenHash) return undefined
  const isKeyed = takesKeys(definition) && request.headers[IDEMPOTENCY_KEY] !== undefined
  if (definition.creates || isKeyed) kept.bodyHash = hashBody(request.body, kept.files)
  // A key says more than that two are alike.
  if (definition.creates && !isKeyed)
    kept.attempt = {
      route: `${definition.method} ${request.url.replace(/\?.*$/, '')}`,
      bodyHash: kept.bodyHash as Buffer,
    }
  return identify(definition, request, { facts, clock })
}

/** Whose token it is, and what is known of him and of what the request is about. */
async function identify(
  { access }: Endpoint,
  request: FastifyRequest,
  { facts: readFacts, clock }: Pick<FastifyInstance['guildhall'], 'facts' | 'clock'>,
): Promise<ApiError | undefined> {
  const kept = carried.get(request) as Carried
  if (!kept.tokenHash) return undefined
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
  if (access === 'verified' && !facts.caller.bot && !facts.caller.verified)
    return { code: 'VERIFICATION_REQUIRED' }
  return undefined
}

const isForm = (request: FastifyRequest): boolean =>
  /^(multipart\/form-data|application\/x-www-form-urlencoded)\b/i.test(request.headers['content-type'] ?? '')

function hashBody(body: unknown, files: readonly UploadedFile[]): Buffer {
  const hash = createHash('sha256').update(JSON.stringify(body ?? null))
  for (const file of files) hash.update(file.filename).update(file.bytes)
  return hash.digest()
}

/** @param attemptedId of a request with the same key, in place of what the facts say */
function requestOf(request: FastifyRequest, attemptedId?: string | null): HttpRequest {
  const { facts, factsAskedAt, tokenHash, files, attempt } = carried.get(request) as Carried
  return {
    params: request.params as never,
    query: request.query as never,
    body: request.body as never,
    files,
    facts: (attemptedId ? { ...facts, attemptedId } : facts) as RequestFacts,
    factsAskedAt,
    caller: facts?.caller as never,
    tokenHash: tokenHash as Buffer,
    host: request.headers.host ?? request.hostname,
    network: networkOf(request.ip),
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

function majorParameter(request: FastifyRequest): string {
  const params = request.params as Record<string, string | undefined>
  return params.channel_id ?? params.guild_id ?? params.webhook_id ?? ''
}
