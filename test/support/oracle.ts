import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { TestContext } from 'vitest'
import { dispatchSchemas } from './oracle-dispatches.ts'
import { errata } from './oracle-errata.ts'
import type { Schema, Schemas } from './oracle-schema.ts'

/** An answer as it was received. */
export interface Exchange {
  method: string
  /** Concrete or a template, with or without `/api/v10` and a query. */
  path: string
  status: number
  /** The parsed body; undefined when there was none. */
  body: unknown
}

/** A request as it went out. */
export interface Sent {
  method: string
  path: string
  /** Undefined when there was none; a form as such, or as the words of one. */
  body: unknown
}

/** Compares what was sent with the official description. Both answer with what is wrong, in words; [] is right. */
export interface Oracle {
  /** `[UNKNOWN]` when the description has no such operation: it is ours, or a mistake. */
  exchange(exchange: Exchange): string[]
  /** Query and body, which must be as described for the answer to mean anything. */
  request(request: Sent): string[]
  /** `PATCH /guilds/{guild_id}`: the operation that a request asks for; undefined when there is none. */
  operation(request: Pick<Sent, 'method' | 'path'>): string | undefined
  /** The `d` of a gateway event `t`; `[UNKNOWN]` when the event has no schema here. */
  dispatch(t: string, d: unknown): string[]
}

export const UNKNOWN = 'unknown'

const file =
  process.env.DISCORD_OPENAPI ??
  fileURLToPath(new URL('../../../shared/discord/openapi.json', import.meta.url))

/** Undefined where the official file is not: it is no part of the repository. `DISCORD_OPENAPI` names its place. */
export const oracle: Oracle | undefined = existsSync(file) ? createOracle() : undefined

/** The oracle; without it the test is skipped. */
export function oracleOf(context: TestContext): Oracle {
  return oracle ?? context.skip('no official OpenAPI file beside the repository, nor in DISCORD_OPENAPI')
}

/** `strict` also refuses properties that the description does not know. */
export function createOracle({ strict = false } = {}): Oracle {
  const { paths, components } = readDescription()
  const dispatches = dispatchSchemas(components.schemas)
  if (strict) for (const schema of Object.values(components.schemas)) close(schema)

  const validate = validator(components)
  const problems = (schema: Schema, value: unknown) => validate(strict ? close(schema) : schema, value)

  const operations = listOperations(paths)
  return {
    exchange({ method, path, status, body }) {
      const operation = findOperation(operations, method, path)
      if (!operation) return [UNKNOWN]
      const name = `${named(operation)} ${status}`
      const response =
        operation.responses[status] ?? (isClientError(status) ? operation.responses['4XX'] : undefined)
      if (!response) return [`${name}: the status is not declared`]
      const { content } = components.responses[response.$ref?.split('/').at(-1) ?? ''] ?? response
      if (!content) return body === undefined || body === '' ? [] : [`${name}: there must be no body`]
      const schema = content['application/json']?.schema
      return schema ? problems(schema, body).map((problem) => `${name}: ${problem}`) : []
    },
    request({ method, path, body }) {
      const operation = findOperation(operations, method, path)
      if (!operation) return [UNKNOWN]
      const name = named(operation)
      const query = new URLSearchParams(path.split('?')[1])
      const found = [...new Set(query.keys())].flatMap((key) => {
        const parameter = operation.query.find((one) => one.name === key)
        if (!parameter) return [`${key} is not a parameter`]
        const words = query.getAll(key)
        return validate(parameter.schema, queryValue(parameter.schema, words))
      })
      const json = jsonIn(body)
      const schema = operation.body?.content?.['application/json']?.schema
      if (schema && (json !== undefined || operation.body?.required)) found.push(...validate(schema, json))
      return found.map((problem) => `${name} asked: ${problem}`)
    },
    operation({ method, path }) {
      const operation = findOperation(operations, method, path)
      return operation && named(operation)
    },
    dispatch(t, d) {
      const schema = dispatches[t]
      return schema ? problems(schema, d).map((problem) => `${t}: ${problem}`) : [UNKNOWN]
    },
  }
}

/** Says what is wrong with a value. */
function validator(components: Description['components']): (schema: Schema, value: unknown) => string[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true, verbose: true, logger: false })
  formats.default(ajv, ['date-time', 'uri', 'int32', 'int64', 'double'])
  ajv.addSchema({ $id: 'discord', components })
  // Compiled when first asked for: all of them would take seconds.
  const validators = new Map<Schema, ValidateFunction>()
  return (schema, value) => {
    const validate = validators.get(schema) ?? ajv.compile(schema)
    validators.set(schema, validate)
    return validate(value) ? [] : explain(validate.errors ?? [])
  }
}

interface Described {
  responses?: Record<string, Response>
  requestBody?: Response & { required?: boolean }
  parameters?: { in: string; name: string; schema: Schema }[]
}

interface Description {
  paths: Record<string, Record<string, Described>>
  components: { schemas: Schemas; responses: Record<string, Response> }
}

interface Response {
  $ref?: string
  content?: Record<string, { schema: Schema }>
}

interface Operation {
  method: string
  template: string
  segments: string[]
  responses: Record<string, Response>
  body: Described['requestBody']
  query: { name: string; schema: Schema }[]
}

const named = ({ method, template }: Operation): string => `${method} ${template}`

/** Forms carry their JSON in `payload_json`, or the fields themselves. */
function jsonIn(body: unknown): unknown {
  if (body instanceof FormData) return JSON.parse(String(body.get('payload_json') ?? '{}'))
  return typeof body === 'string' ? Object.fromEntries(new URLSearchParams(body)) : body
}

/** Words of a query as what the schema takes them for. */
function queryValue(schema: Schema, words: string[]): unknown {
  const read = (type: unknown, word = '') => {
    if (type === 'boolean' && /^(true|false|1|0)$/i.test(word)) return /^(true|1)$/i.test(word)
    return type === 'integer' && /^-?\d+$/.test(word) ? Number(word) : word
  }
  if (schema.type === 'array') return words.map((word) => read(schema.items?.type, word))
  return read(schema.type, words[0])
}

function readDescription(): Description {
  const text = readFileSync(file, 'utf8').replaceAll('"#/components/', '"discord#/components/')
  const description: Description = JSON.parse(text)
  const { schemas } = description.components
  for (const schema of Object.values(schemas)) flatten(schema, schemas)
  for (const { patch } of errata) patch(schemas, bodiesIn(description), description.paths)
  return description
}

/** Those of requests that are described on the spot and not among the schemas. */
function bodiesIn({ paths }: Description): Schema[] {
  const bodies = Object.values(paths).flatMap((methods) =>
    Object.values(methods).map(({ requestBody }) => requestBody?.content?.['application/json']?.schema),
  )
  return bodies.filter((schema) => schema !== undefined)
}

function isClientError(status: number): boolean {
  return status >= 400 && status < 500
}

function isParameter(segment: string): boolean {
  return segment.startsWith('{')
}

function listOperations(paths: Description['paths']): Operation[] {
  const operations = Object.entries(paths).flatMap(([template, methods]) =>
    Object.entries(methods).flatMap(([method, { responses, requestBody, parameters = [] }]) =>
      responses
        ? [
            {
              method: method.toUpperCase(),
              template,
              segments: template.split('/'),
              responses,
              body: requestBody,
              query: parameters.filter((one) => one.in === 'query'),
            },
          ]
        : [],
    ),
  )
  // Static segments win: /users/@me stands before /users/{user_id}.
  const rank = ({ segments }: Operation) => segments.map((segment) => (isParameter(segment) ? 1 : 0)).join('')
  return operations.sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
}

function findOperation(operations: Operation[], method: string, path: string): Operation | undefined {
  const segments = path
    .replace(/\?.*/, '')
    .replace(/^\/api(\/v\d+)?/, '')
    .split('/')
  return operations.find(
    (operation) =>
      operation.method === method.toUpperCase() &&
      operation.segments.length === segments.length &&
      operation.segments.every(
        (segment, n) => segment === segments[n] || (isParameter(segment) && segments[n]),
      ),
  )
}

/** An object that is put together of others becomes one, so that it can be patched and closed like the rest. */
function flatten(schema: Schema, schemas: Schemas): void {
  if (schema.type !== 'object' || !schema.allOf) return
  const parts = schema.allOf.map((part) => schemas[part.$ref?.split('/').at(-1) ?? ''] ?? part)
  schema.properties = Object.assign({}, ...parts.map((part) => part.properties))
  schema.required = parts.flatMap((part) => part.required ?? [])
  delete schema.allOf
}

/** Refuses unknown properties, in place. Conditions (`if`, `not`, `allOf`) describe parts only and stay open. */
function close(schema: Schema): Schema {
  if (schema.properties) schema.additionalProperties ??= false
  const { properties = {}, items, additionalProperties, oneOf = [], anyOf = [] } = schema
  for (const part of [...Object.values(properties), items, additionalProperties, ...oneOf, ...anyOf]) {
    if (typeof part === 'object') close(part)
  }
  return schema
}

/** The branches of a union that were not meant say nothing; the union's own error stays. */
function explain(errors: ErrorObject[]): string[] {
  const meant = errors.filter(
    ({ keyword, params }) => !['const', 'if'].includes(keyword) && params.type !== 'null',
  )
  return (meant.length > 0 ? meant : errors).map(({ instancePath, message, params, data }) => {
    const detail =
      params.additionalProperty ?? params.allowedValues?.join() ?? `(${JSON.stringify(data)?.slice(0, 60)})`
    return `${instancePath || 'the body'} ${message} ${detail}`
  })
}
