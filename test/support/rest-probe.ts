import { ErrorCode } from '#shared/protocol/error-codes.ts'
import type { Schema } from './bad-values.ts'
import type { Caller, Exchange } from './people.ts'

/** One operation of the API as its own description tells. */
export interface Route {
  /** `PATCH /guilds/{guild_id}` */
  readonly name: string
  readonly method: string
  readonly template: string
  readonly params: readonly string[]
  readonly queries: readonly string[]
  readonly body: Schema | undefined
  readonly needsToken: boolean
}

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
  readonly requestBody?: { readonly content: { readonly 'application/json'?: { readonly schema: Schema } } }
  readonly security?: unknown
}

/** Every operation of an OpenAPI description. */
export function routesOf(openapi: { paths: Record<string, Record<string, Operation>> }): Route[] {
  return Object.entries(openapi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([verb, { parameters = [], requestBody, security }]): Route => {
      const method = verb.toUpperCase()
      const template = path.replace('/api/v10', '')
      const named = (where: string) => parameters.filter((one) => one.in === where).map(({ name }) => name)
      return {
        name: `${method} ${template}`,
        method,
        template,
        params: named('path'),
        queries: named('query'),
        body: requestBody?.content['application/json']?.schema,
        needsToken: security !== undefined,
      }
    }),
  )
}

const KNOWN = new Set(Object.values(ErrorCode).map(({ status, code }) => `${status}/${code}`))

/** What is wrong with an answer as such; undefined: it is a success, or a documented error. */
export function problemIn({ status, body, headers }: Exchange): string | undefined {
  if (status < 300) return undefined
  const { code, message, errors } = (body ?? {}) as { code?: unknown; message?: unknown; errors?: unknown }
  if (status >= 500) return `status ${status}: ${JSON.stringify(body)}`
  if (headers.get('content-type') !== 'application/json') return `type ${headers.get('content-type')}`
  if (!KNOWN.has(`${status}/${code}`)) return `unknown error ${status}/${code}`
  if (typeof message !== 'string' || message === '') return 'no message'
  if (errors !== undefined && (typeof errors !== 'object' || Object.keys(errors as object).length === 0))
    return 'empty errors'
  return undefined
}

/** One request of many. */
export interface Case {
  readonly route: Route
  readonly what: string
  readonly path: string
  readonly body?: unknown
  readonly headers?: Record<string, string>
  readonly as?: Caller
}

const AT_ONCE = 12

/** Sends all; @returns those that were not answered as `wrong` wants, in words. */
export async function failures(
  caller: Caller,
  cases: Iterable<Case>,
  wrong: (exchange: Exchange) => string | undefined = problemIn,
): Promise<string[]> {
  const found: string[] = []
  let count = 0
  const waiting = cases[Symbol.iterator]()
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let next = waiting.next(); !next.done; next = waiting.next()) {
        const { route, what, path, body, headers, as = caller } = next.value
        count++
        const problem = await as.request(route.method, path, body, headers).then(wrong, String)
        if (problem !== undefined) found.push(`${route.name} ${what}: ${problem}`)
      }
    }),
  )
  if (count === 0) throw new Error('there was nothing to send')
  return found
}

/** A refusal with a status, and a code if that matters. */
export const refusedWith =
  (status: number, code?: number) =>
  (exchange: Exchange): string | undefined => {
    const problem = problemIn(exchange)
    if (problem !== undefined) return problem
    const given = (exchange.body as { code?: number })?.code
    if (exchange.status === status && (code === undefined || code === given)) return undefined
    return `${exchange.status}/${given} instead of ${status}/${code ?? '?'}`
  }

/** A refusal of any kind. */
export const refused = (exchange: Exchange) =>
  problemIn(exchange) ?? (exchange.status < 400 ? `status ${exchange.status}` : undefined)
