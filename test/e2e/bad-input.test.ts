import http from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ErrorCode } from '#shared/protocol/error-codes.ts'
import { asReceived, sampleOf, validatorOf, variationsOf } from '#test/support/bad-values.ts'
import { withoutEffect } from '#test/support/kept-rows.ts'
import { Caller, join, newBot, newGuild, newPerson, type Person } from '#test/support/people.ts'
import { dataUri, PNG } from '#test/support/pictures.ts'
import {
  type Case,
  failures,
  problemIn,
  type Route,
  refused,
  refusedWith,
  routesOf,
} from '#test/support/rest-probe.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

let server: TestServer
let ada: Person
let ids: Record<string, string>
let routes: Route[]

beforeAll(async () => {
  server = await startServer()
  ada = await newPerson(server.http, 'ada')
  const bob = await newPerson(server.http, 'bob')
  const guild = await newGuild(ada)
  await join(ada, bob, guild.general)
  const bot = await newBot(ada, guild.id)
  const role = await ada.expect('POST', `/guilds/${guild.id}/roles`, { name: 'role' })
  const message = await ada.expect('POST', `/channels/${guild.general}/messages`, { content: 'here' })
  const category = await ada.expect('POST', `/guilds/${guild.id}/channels`, { name: 'category', type: 4 })
  const invite = await ada.expect('POST', `/channels/${guild.general}/invites`, {})
  await ada.expect('PUT', `/channels/${guild.general}/messages/${message.id}/reactions/${EMOJI}/@me`)
  ids = {
    guild_id: guild.id,
    channel_id: guild.general,
    owner_id: bob.id,
    owner: bob.id,
    afk_channel_id: category.id,
    system_channel_id: guild.general,
    rules_channel_id: guild.general,
    public_updates_channel_id: guild.general,
    message_id: message.id,
    messages: message.id,
    role_id: role.id,
    overwrite_id: role.id,
    id: role.id,
    user_id: bob.id,
    user_ids: bob.id,
    parent_id: category.id,
    recipient_id: bob.id,
    recipients: bob.id,
    users: bob.id,
    roles: role.id,
    application_id: bot.applicationId,
    client_id: bot.applicationId,
    code: invite.code,
    emoji_id: role.id,
    guild_ids: guild.id,
    guild_positions: guild.id,
    restricted_guilds: guild.id,
    emoji: EMOJI,
    image: dataUri(PNG),
    allow: '0',
    deny: '0',
    permissions: '0',
    upload_filename: '1',
  }
  routes = routesOf(await ada.expect('GET', '/openapi.json'))
})
afterAll(async () => {
  await server.stop()
})

const EMOJI = encodeURIComponent('👍')

const pathOf = ({ template }: Route, other: Readonly<Record<string, string>> = {}) =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => other[name] ?? ids[name] ?? 'unknown')

const sample = (route: Route) => (route.body ? sampleOf(route.body, ids) : undefined)

test('every route of the description is tried', () => {
  expect(routes.length).toBeGreaterThan(50)
  for (const { params, name } of routes)
    for (const param of params) expect([name, param, ids[param]]).not.toContain(undefined)
})

describe('[HTTP-2] without effect', () => {
  test('what is no JSON, or none that may come in', async () => {
    const bodies = [
      '{',
      '{"name":}',
      "{'name':'x'}",
      '{"name":"x",}',
      'name=x',
      '\u0000',
      '{"name":"\\u0000"}',
      '{"name":"\\ud800"}',
      '{"\\udc00":1}',
      '{"name":1e400}',
      '{"__proto__":{"polluted":true}}',
      '{"constructor":{"prototype":{"polluted":true}}}',
      '{"name":NaN}',
      '{12345678901234567890:1}',
      `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      '{"a":'.repeat(20_000),
      '[[[['.repeat(100),
    ]
    const cases = routes
      .filter(({ method }) => method !== 'GET')
      .flatMap((route) =>
        bodies.map((body) => ({
          route,
          what: body.slice(0, 40),
          path: pathOf(route),
          body,
          headers: { 'content-type': 'application/json' },
        })),
      )
    await withoutEffect(server.dataDir, async () => {
      expect(await failures(ada, cases, refusedWith(400, ErrorCode.INVALID_JSON.code))).toEqual([])
    })
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  }, 120_000)

  test('bodies that the schema does not allow, wherever in them it is wrong', async () => {
    function* cases(): Generator<Case> {
      for (const route of routes) {
        if (!route.body) continue
        const validate = validatorOf(route.body)
        expect([route.name, validate(sample(route)), validate.errors]).toEqual([route.name, true, null])
        for (const { path: where, value } of variationsOf(sample(route))) {
          // Of a request without a body is the same as of one with {}.
          if (value === undefined || validate(asReceived(route.body, value))) continue
          yield {
            route,
            what: `${where} ${JSON.stringify(value)?.slice(0, 80)}`,
            path: `${pathOf(route)}?client_id=${ids.client_id}`,
            body: JSON.stringify(value),
            headers: { 'content-type': 'application/json' },
          }
        }
      }
    }
    await withoutEffect(server.dataDir, async () => {
      expect(await failures(ada, cases(), refusedWith(400, ErrorCode.INVALID_FORM_BODY.code))).toEqual([])
    })
  }, 180_000)

  test('ids and names in the path that are none, or nobody has', async () => {
    const values = [
      '0',
      '1',
      '-1',
      '9223372036854775807',
      '9223372036854775808',
      '99999999999999999999',
      '1e3',
      '0x10',
      'abc',
      '@you',
      '@everyone',
      '%00',
      '%zz',
      '%E0%A4%A',
      '%F0%9F%98',
      '%F0%9F%91%8D%F0%9F%91%8D',
      "'%20or%20'1'='1",
      '%2f..%2f',
      ' ',
      'x'.repeat(700),
      'name:123',
    ]
    const cases = routes.flatMap((route) =>
      route.params.flatMap((param) =>
        values.map((value) => ({
          route,
          what: `${param}=${value.slice(0, 40)}`,
          path: `${pathOf(route, { [param]: value })}?client_id=1`,
          ...(route.body ? { body: sample(route) } : {}),
        })),
      ),
    )
    await withoutEffect(server.dataDir, async () => {
      expect(await failures(ada, cases)).toEqual([])
    })
  })

  test('parameters of the query', async () => {
    const values = [
      '-1',
      '0',
      '1.5',
      '1e9',
      '99999999999999999999',
      'abc',
      '',
      '%00',
      '%zz',
      '%F0%9F',
      '%20',
      'null',
      '[object%20Object]',
      'x'.repeat(3_000),
      '1&$=2',
      "'%20or%20'1'='1",
      '(%26|!%3A*',
    ]
    const cases = routes
      .filter(({ method }) => method === 'GET')
      .flatMap((route) =>
        [...route.queries, 'unknown', '__proto__'].flatMap((name) =>
          values.map((value) => ({
            route,
            what: `${name}=${value.slice(0, 40)}`,
            path: `${pathOf(route)}?${name}=${value.replace('$', name)}`,
          })),
        ),
      )
    await withoutEffect(server.dataDir, async () => {
      expect(await failures(ada, cases)).toEqual([])
    })
    const limits = routes.filter(({ method, queries }) => method === 'GET' && queries.includes('limit'))
    const wrong = ['-1', '0', '1001', '1.5', 'abc', '99999999999999999999']
    expect(
      await failures(
        ada,
        limits.flatMap((route) =>
          wrong.map((value) => ({ route, what: value, path: `${pathOf(route)}?limit=${value}` })),
        ),
        refusedWith(400, ErrorCode.INVALID_FORM_BODY.code),
      ),
    ).toEqual([])
  })

  test('without a token, with a wrong one, and as somebody who is no member', async () => {
    const stranger = await newPerson(server.http, 'stranger')
    const base = server.http
    const callers = ['', 'x', 'Bot ', 'Bot x', `Bearer ${'x'.repeat(5_000)}`, 'Basic YTpi', '💥'.slice(0, 0)]
    const closed = routes.filter(({ needsToken }) => needsToken)
    const asAnybody = callers.flatMap((authorization) =>
      closed.map((route) => ({
        route,
        what: `as ${authorization.slice(0, 20)}`,
        path: `${pathOf(route)}?client_id=${ids.client_id}`,
        ...(route.body ? { body: sample(route) } : {}),
        as: new Caller(base, authorization),
      })),
    )
    const inGuild = closed.filter(
      ({ params, name }) => /guild_id|channel_id/.test(params.join()) && !name.includes('@me/guilds'),
    )
    await withoutEffect(server.dataDir, async () => {
      expect(await failures(ada, asAnybody, refusedWith(401))).toEqual([])
      const asStranger = inGuild.map((route) => ({
        route,
        what: 'as a stranger',
        path: pathOf(route),
        ...(route.body ? { body: sample(route) } : {}),
        as: stranger,
      }))
      expect(await failures(ada, asStranger, refusedWith(403, ErrorCode.MISSING_ACCESS.code))).toEqual([])
    })
  })

  test('other content types, and forms that are none', async () => {
    const types: [string, string | Buffer][] = [
      ['text/plain', 'name=x'],
      ['text/html', '<p>'],
      ['application/xml', '<x/>'],
      ['application/octet-stream', 'x'],
      ['nonsense', 'x'],
      ['multipart/form-data', 'x'],
      ['multipart/form-data; boundary=b', 'x'],
      ['multipart/form-data; boundary=b', '--b\r\n\r\n'],
      [
        'multipart/form-data; boundary=b',
        '--b\r\ncontent-disposition: form-data; name="payload_json"\r\n\r\n{\r\n--b--',
      ],
      ['application/x-www-form-urlencoded', 'name=%00&content=%00&email=%00'],
    ]
    const withBody = routes.filter(({ body }) => body)
    const cases = withBody.flatMap((route) =>
      types.map(([type, body]) => ({
        route,
        what: `${type}: ${String(body).slice(0, 20)}`,
        path: `${pathOf(route)}?client_id=${ids.client_id}`,
        body: String(body),
        headers: { 'content-type': type },
      })),
    )
    await withoutEffect(server.dataDir, async () => {
      expect(await failures(ada, cases, refusedWith(400))).toEqual([])
    })
  })

  test('bodies of 30 MB, with and without a length', async () => {
    const megabytes = Buffer.alloc(30 * 1024 * 1024, 'x')
    const json = Buffer.concat([Buffer.from('{"content":"'), megabytes, Buffer.from('"}')])
    const form = new FormData()
    form.append('files[0]', new Blob([megabytes]), 'large.bin')
    await withoutEffect(server.dataDir, async () => {
      for (const path of [
        `/channels/${ids.channel_id}/messages`,
        '/guilds',
        `/guilds/${ids.guild_id}/roles`,
      ]) {
        for (const chunked of [false, true])
          expect(await sendLarge(path, json, 'application/json', chunked)).toEqual(TOO_LARGE)
      }
      const { status, body } = await ada.request('POST', `/channels/${ids.channel_id}/messages`, form)
      expect([status, body]).toEqual([413, TOO_LARGE[1]])
    })
    await ada.expect('GET', '/users/@me')
  })

  test('paths and methods that there are not', async () => {
    const route = { name: 'nothing' } as Route
    const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
    const cases = methods.flatMap((method) =>
      ['/', '/nothing', '/guilds/1/2/3', '/users', '/%zz'].map((path) => ({
        route: { ...route, method },
        what: `${method} ${path}`,
        path,
      })),
    )
    await withoutEffect(server.dataDir, async () => {
      expect(
        await failures(
          ada,
          cases.filter(({ route: { method } }) => method !== 'OPTIONS'),
          refused,
        ),
      ).toEqual([])
    })
  })
})

test('[HTTP-2] unusual bodies that the schemas do allow are never answered with a 5xx', async () => {
  const person = await newPerson(server.http, 'odd')
  const callers = [ada, person]
  function* cases(): Generator<Case> {
    for (const route of routes) {
      if (!route.body || route.template.startsWith('/auth')) continue
      const validate = validatorOf(route.body)
      for (const { path: where, value } of variationsOf(sample(route))) {
        if (value === undefined || !validate(asReceived(route.body, value))) continue
        for (const as of callers)
          yield {
            route,
            what: `${where} ${JSON.stringify(value)?.slice(0, 120)}`,
            path: `${pathOf(route)}?client_id=${ids.client_id}`,
            body: JSON.stringify(value),
            headers: { 'content-type': 'application/json' },
            as,
          }
      }
    }
  }
  expect(await failures(ada, cases())).toEqual([])
}, 120_000)

test('[HTTP-2] nor are forms with unusual files; what is taken can be fetched again', async () => {
  const path = `/channels/${ids.channel_id}/messages`
  const form = (...parts: readonly (readonly [name: string, value: string | Blob, filename?: string])[]) => {
    const made = new FormData()
    for (const [name, value, filename] of parts)
      if (typeof value === 'string') made.append(name, value)
      else made.append(name, value, filename)
    return made
  }
  const blob = (type = 'text/plain') => new Blob(['content'], { type })
  const names = [
    '',
    '.',
    '..',
    '../../../etc/passwd',
    'a/b\\c',
    'a\r\nb: c',
    '"quoted"',
    'nul\u0000',
    '\u202egpj.exe',
    'x'.repeat(3_000),
    // Cut at 200 bytes, in the middle of a character.
    ...['.jpeg', '.png', '.gz', ''].map((end) => `${'𠀀'.repeat(60)}${end}`),
    '👍.png',
    '%00%zz',
  ]
  const forms = [
    ...names.map((name) => form(['files[0]', blob(), name])),
    ...['', 'nonsense', 'text/html', 'image/svg+xml', 'x/'.repeat(300)].map((type) =>
      form(['files[0]', blob(type), 'file']),
    ),
    ...['files[99999]', 'files[-1]', '__proto__', 'constructor', 'payload_json', '', '\u0000'].map((field) =>
      form([field, blob(), 'file']),
    ),
    ...[
      '[]',
      'null',
      '1',
      '{}',
      '{"attachments":"x"}',
      '{"attachments":[{"id":"77"}]}',
      '{"a":',
      '\u0000',
    ].map((json) => form(['payload_json', json], ['files[0]', blob(), 'file'])),
    form(['__proto__', 'x'], ['constructor', 'y'], ['content', 'fields alone']),
    form(['payload_json', '{"content":"1"}'], ['payload_json', '{"content":"2"}']),
    form(...Array.from({ length: 11 }, (_, n) => [`files[${n}]`, blob(), 'file'] as const)),
    form(...Array.from({ length: 60 }, (_, n) => [`field${n}`, 'x'] as const)),
    form(['content', 'x'.repeat(2_001)]),
    form(),
  ]
  let taken = 0
  for (const body of forms) {
    const exchange = await ada.request('POST', path, body)
    const [first] = [...body].map(([name, value]) => [name, typeof value === 'string' ? value : value.name])
    expect([first, problemIn(exchange)]).toEqual([first, undefined])
    for (const { url, size } of exchange.body.attachments ?? []) {
      const file = await fetch(url)
      expect([file.status, (await file.arrayBuffer()).byteLength]).toEqual([200, size])
      expect(file.headers.get('content-disposition')).toMatch(/^attachment; filename\*=UTF-8''[\w%.-]+$/)
      taken++
    }
  }
  expect(taken).toBeGreaterThan(names.length)
})

test('[HTTP-2] nor are those of accounts', async () => {
  const anyone = new Caller(server.http)
  const texts = [
    '',
    ' ',
    'a@b',
    'Ä@example.org',
    `${'x'.repeat(250)}@e.org`,
    '\u202e',
    '😀',
    "'--",
    'a b@c.de',
  ]
  // Who asks for a new password is answered alike, whatever he names.
  const auth = routes.filter(
    ({ template, body }) => template.startsWith('/auth') && template !== '/auth/forgot' && body,
  )
  const cases = auth.flatMap((route) => {
    const base = sample(route) as Record<string, unknown>
    return Object.keys(base).flatMap((key) =>
      texts.map((text) => ({
        route,
        what: `${key}=${text}`,
        path: pathOf(route),
        body: { ...base, [key]: text },
        as: anyone,
      })),
    )
  })
  await withoutEffect(server.dataDir, async () => {
    expect(await failures(ada, cases, refused)).toEqual([])
  })
})

test('[HTTP-2] of repeated keys the last counts; ids may be numbers of any size', async () => {
  const path = `/channels/${ids.channel_id}/messages`
  const json = { 'content-type': 'application/json' }
  const twice = await ada.request('POST', path, '{"content":"first","content":"second"}', json)
  expect([twice.status, twice.body.content]).toEqual([200, 'second'])
  const reply = `{"content":"x","message_reference":{"message_id":${ids.message_id}}}`
  const replied = await ada.request('POST', path, reply, json)
  expect(replied.body.message_reference.message_id).toBe(ids.message_id)
  const huge = '{"content":"x","message_reference":{"message_id":123456789012345678901234567890}}'
  expect((await ada.request('POST', path, huge, json)).status).toBe(400)
})

const TOO_LARGE = [
  413,
  { code: ErrorCode.REQUEST_TOO_LARGE.code, message: ErrorCode.REQUEST_TOO_LARGE.message },
]

/** Sends a body as far as the server takes it. */
function sendLarge(path: string, body: Buffer, type: string, chunked: boolean): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const request = http.request(`${server.http}/api/v10${path}`, {
      method: 'POST',
      headers: {
        authorization: ada.authorization,
        'content-type': type,
        ...(chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': body.length }),
      },
    })
    request.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve([response.statusCode, JSON.parse(text)]))
    })
    request.on('error', reject)
    request.end(body)
  })
}
