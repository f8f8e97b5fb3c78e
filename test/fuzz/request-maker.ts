import type { ApiDeps } from '#services/api/deps.ts'
import { apiRoutes } from '#services/api/routes.ts'
import type { AuthDeps } from '#services/auth/deps.ts'
import { authRoutes } from '#services/auth/routes.ts'
import type { Endpoint } from '#shared/platform/http/endpoint.ts'
import type { Schema } from '#test/support/bad-values.ts'
import { Chance } from './chance.ts'
import { CALLERS, type CallerName, type FuzzWorld } from './fuzz-world.ts'
import { hostileString, hostileValue, jsonText, RawJson } from './hostile-values.ts'
import { multipartBody } from './multipart-body.ts'
import { fittingValue, spoiltValue } from './schema-values.ts'

export interface FuzzRequest {
  readonly index: number
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | undefined
  readonly caller: CallerName
}

const ENDPOINTS = [...apiRoutes({} as ApiDeps), ...authRoutes({} as AuthDeps)]

/** What uses the world up, and is seldom asked for. */
const isDeadly = ({ method, path }: Endpoint) =>
  /^(DELETE \/(guilds|channels)\/:\w+|DELETE \/users\/@me\/guilds.*|POST \/auth\/(logout|sessions\/logout|reset)|POST .*\/bot\/reset|DELETE .*\/members\/:user_id|.* \/guilds\/:\w+\/(bans\/:user_id|bulk-ban))$/.test(
    `${method} ${path}`,
  )
const DEADLY = ENDPOINTS.filter(isDeadly)
const HARMLESS = ENDPOINTS.filter((endpoint) => !isDeadly(endpoint))

/** Request number `index` of a seed: the same in every run, but for the ids of the world. */
export function makeRequest(seed: number, index: number, world: FuzzWorld): FuzzRequest {
  const chance = new Chance(seed, 1, index)
  const endpoint = chance.pick(chance.is(0.03) ? DEADLY : HARMLESS)
  const spoilt = chance.is(0.7)
  // Of more than one fault only the first would be found.
  const fault = spoilt
    ? chance.pick(['path', 'query', 'body', 'body', 'body', 'bytes', 'head', 'method'])
    : 'none'
  const caller = chance.is(0.5) ? 'owner' : chance.pick(CALLERS)
  const { body, headers } = bodyOf(endpoint, fault, chance, world)
  const { authorization } = world.callers[caller]
  return {
    index,
    method:
      fault === 'method'
        ? chance.pick(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
        : endpoint.method,
    path: pathOf(endpoint, fault, chance, world) + queryOf(endpoint, fault, chance, world),
    headers: {
      ...(authorization ? { authorization } : {}),
      ...headers,
      ...(fault === 'head' ? oddHeaders(chance) : {}),
    },
    body,
    caller,
  }
}

const SEGMENTS = [
  '0',
  '1',
  '-1',
  '9223372036854775808',
  '99999999999999999999999',
  '1e3',
  '1.5',
  '%00',
  '%zz',
  '%E0%A4%A',
  '%F0%9F%98',
  '%ED%A0%80',
  '%2e%2e',
  '%2f..%2f',
  '..',
  '.',
  '%40me',
  '%40original',
  '@everyone',
  '%20',
  '%F0%9F%91%8D',
  'name:123',
  '%3Aa:1',
  "'%20or%201=1",
  '__proto__',
  'constructor',
  '*',
  ';',
  '\u00e9',
  'x'.repeat(600),
  'a%2Fb',
  '%25%32%35',
] as const

function pathOf({ path }: Endpoint, fault: string, chance: Chance, { known }: FuzzWorld): string {
  const prefix = chance.is(0.85)
    ? '/api/v10'
    : chance.pick(['/api/v9', '/api', '/api/v11', '/API/v10', '//api/v10'])
  const params = path.match(/:\w+/g) ?? []
  const wrong = fault === 'path' && params.length > 0 ? chance.pick(params) : undefined
  const filled = path.replace(/:(\w+)/g, (param, name: string) => {
    if (param === wrong) return chance.is(0.3) ? String(chance.between(1, 2 ** 52)) : chance.pick(SEGMENTS)
    const value = chance.pick(known[name] ?? ['1'])
    return chance.is(0.05) ? value.replace(/[0-9a-z]/g, (one) => `%${one.charCodeAt(0).toString(16)}`) : value
  })
  if (fault === 'path' && !wrong)
    return prefix + filled + chance.pick(['/', '//', '/x', '%00', '/%', ';a=1', '#', '\\'])
  return prefix + filled
}

function queryOf({ schema, path }: Endpoint, fault: string, chance: Chance, { known }: FuzzWorld): string {
  const names = Object.entries((schema.query?.properties ?? {}) as Record<string, Schema>)
  const isNeeded = path === '/oauth2/authorize'
  const parts: string[] = []
  for (const [name, inner] of names) {
    if (!isNeeded && !chance.is(0.3)) continue
    const value = fittingValue(inner, chance, known, name)
    for (const one of Array.isArray(value) ? value : [value])
      parts.push(`${name}=${encodeURIComponent(one instanceof RawJson ? one.text : wellFormed(String(one)))}`)
  }
  if (fault === 'query') {
    const name = chance.pick([...names.map(([one]) => one), 'limit', 'before', '__proto__', 'x'])
    const text = chance.is(0.5)
      ? chance.pick(SEGMENTS)
      : encodeURIComponent(wellFormed(hostileString(chance)))
    parts.push(`${name}${chance.pick(['', '[]', '[0]', '[a]', '.a'])}=${text}`)
    if (chance.is(0.4)) parts.push(`${name}=1`, `${name}=2`)
    if (chance.is(0.1)) parts.push('&&&=&=', ...Array.from({ length: 300 }, () => `${name}=1`))
  }
  return parts.length > 0 ? `?${parts.join('&')}` : chance.is(0.03) ? '?' : ''
}

/** Lone surrogates cannot be percent-encoded. */
const wellFormed = (text: string) => Buffer.from(text).toString()

const TYPES = [
  'application/json; charset=utf-8',
  'application/json;charset=latin1',
  'APPLICATION/JSON',
  'application/octet-stream',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'multipart/form-data; boundary=',
  'text/plain',
  'text/xml',
  'nonsense',
  '',
  ';;;',
] as const

function bodyOf(
  endpoint: Endpoint,
  fault: string,
  chance: Chance,
  { known }: FuzzWorld,
): { body: Buffer | undefined; headers: Record<string, string> } {
  const type = (value: string) => ({ 'content-type': value })
  if (endpoint.method === 'GET' && !(fault === 'bytes' || fault === 'body'))
    return { body: undefined, headers: {} }
  const { body: schema } = endpoint.schema
  const fitting = schema ? fittingValue(schema as Schema, chance, known) : undefined
  const value = fault === 'body' ? (schema ? spoiltValue(fitting, chance) : hostileValue(chance)) : fitting
  if (chance.is(endpoint.files ? 0.25 : 0.02))
    return multipartBody(jsonText(value ?? {}), fault === 'bytes', chance)
  if (fault === 'bytes') {
    const bytes = brokenBytes(Buffer.from(jsonText(value ?? {})), chance)
    return { body: bytes, headers: type(chance.is(0.5) ? 'application/json' : chance.pick(TYPES)) }
  }
  if (value === undefined)
    return chance.is(0.2)
      ? { body: undefined, headers: type(chance.pick(TYPES)) }
      : { body: undefined, headers: {} }
  return { body: Buffer.from(jsonText(value)), headers: type('application/json') }
}

function brokenBytes(bytes: Buffer, chance: Chance): Buffer {
  const at = chance.between(0, bytes.length)
  const with_ = (piece: Uint8Array) => Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)])
  switch (chance.between(0, 7)) {
    case 0:
      return bytes.subarray(0, at)
    case 1:
      return with_(Buffer.from([0xff, 0xfe, 0x80]))
    case 2:
      return with_(Buffer.from([0]))
    case 3:
      return Buffer.concat([Buffer.from('\ufeff'), bytes])
    case 4:
      return with_(Buffer.from(chance.pick(['}', '"', '\\u', ',,', '\\ud800', '/*', 'NaN', '\n'])))
    case 5:
      return Buffer.from('a=1&b=%zz&__proto__=1&a=2')
    case 6:
      return Buffer.alloc(chance.pick([1, 100, 70_000]), chance.pick(['[', '{', '"', '1', '\0']))
    default:
      return Buffer.concat([bytes, bytes])
  }
}

/** Those that Node's client lets through; what is no HTTP at all is sent by `raw-http.ts`. */
function oddHeaders(chance: Chance): Record<string, string> {
  const texts = [
    '',
    ' ',
    '%',
    '%zz',
    '%00',
    '%ED%A0%80',
    '\u00ff\u00fe',
    'x'.repeat(7_000),
    '%20'.repeat(600),
    '-1',
    ',,,',
  ]
  const names = [
    'authorization',
    'x-audit-log-reason',
    'idempotency-key',
    'origin',
    'access-control-request-method',
    'x-forwarded-for',
    'x-forwarded-host',
    'content-encoding',
    'accept',
    'accept-encoding',
    'cookie',
    'user-agent',
    'if-none-match',
    'range',
    'x-http-method-override',
    'x-super-properties',
    'host',
  ]
  const values = [
    'Bot',
    'Bot ',
    'Bearer x',
    'Basic YTpi',
    'gzip',
    'bytes=5-1',
    '127.0.0.1',
    'null',
    '*/*',
    ...texts,
  ]
  return Object.fromEntries(
    Array.from({ length: chance.between(1, 3) }, () => [chance.pick(names), chance.pick(values)]),
  )
}
