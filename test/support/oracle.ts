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

/** Compares what was sent with the official description. Both answer with what is wrong, in words; [] is right. */
export interface Oracle {
  /** `[UNKNOWN]` when the description has no such operation: it is ours, or a mistake. */
  exchange(exchange: Exchange): string[]
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

  const ajv = new Ajv2020({ strict: false, allErrors: true, verbose: true, logger: false })
  formats.default(ajv, ['date-time', 'uri', 'int32', 'int64', 'double'])
  ajv.addSchema({ $id: 'discord', components })

  // Compiled when first asked for: all of them would take seconds.
  const validators = new Map<Schema, ValidateFunction>()
  function problems(schema: Schema, value: unknown): string[] {
    const validate = validators.get(schema) ?? ajv.compile(strict ? close(schema) : schema)
    validators.set(schema, validate)
    return validate(value) ? [] : explain(validate.errors ?? [])
  }

  const operations = listOperations(paths)
  return {
    exchange({ method, path, status, body }) {
      const operation = findOperation(operations, method, path)
      if (!operation) return [UNKNOWN]
      const name = `${operation.method} ${operation.template} ${status}`
      const response =
        operation.responses[status] ?? (isClientError(status) ? operation.responses['4XX'] : undefined)
      if (!response) return [`${name}: the status is not declared`]
      const { content } = components.responses[response.$ref?.split('/').at(-1) ?? ''] ?? response
      if (!content) return body === undefined || body === '' ? [] : [`${name}: there must be no body`]
      const schema = content['application/json']?.schema
      return schema ? problems(schema, body).map((problem) => `${name}: ${problem}`) : []
    },
    dispatch(t, d) {
      const schema = dispatches[t]
      return schema ? problems(schema, d).map((problem) => `${t}: ${problem}`) : [UNKNOWN]
    },
  }
}

interface Description {
  paths: Record<string, Record<string, { responses?: Record<string, Response> }>>
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
}

function readDescription(): Description {
  const text = readFileSync(file, 'utf8').replaceAll('"#/components/', '"discord#/components/')
  const description: Description = JSON.parse(text)
  const { schemas } = description.components
  for (const schema of Object.values(schemas)) flatten(schema, schemas)
  for (const { patch } of errata) patch(schemas)
  return description
}

function isClientError(status: number): boolean {
  return status >= 400 && status < 500
}

function isParameter(segment: string): boolean {
  return segment.startsWith('{')
}

function listOperations(paths: Description['paths']): Operation[] {
  const operations = Object.entries(paths).flatMap(([template, methods]) =>
    Object.entries(methods).flatMap(([method, { responses }]) =>
      responses ? [{ method: method.toUpperCase(), template, segments: template.split('/'), responses }] : [],
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
