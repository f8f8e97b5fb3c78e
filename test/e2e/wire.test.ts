import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ErrorCode } from '#shared/protocol/error-codes.ts'
import { GatewayClient } from '#test/support/gateway-client.ts'
import { Ledger, parametersOf, type Route, routeOf, routesIn } from '#test/support/ledger.ts'
import { oracleOf, UNKNOWN } from '#test/support/oracle.ts'
import { join } from '#test/support/people.ts'
import { type Rig, startRig } from '#test/support/rig.ts'
import { routeTable, servedBy } from '#test/support/route-table.ts'
import { eventsOfOurs, official, ours } from './wire/asked-for.ts'
import { type Cast, FORM, NOBODY, newCast } from './wire/cast.ts'
import { emojiEndpoints } from './wire/emoji-endpoints.ts'
import { messageEndpoints } from './wire/message-endpoints.ts'
import { orderEndpoints } from './wire/order-endpoints.ts'
import { peopleEndpoints } from './wire/people-endpoints.ts'
import { structureEndpoints } from './wire/structure-endpoints.ts'
import { unknownIds } from './wire/unknown-ids.ts'

const ledger = new Ledger()
let rig: Rig
let cast: Cast
let routes: Route[]
/** Of ada, bob and the bot. */
let sockets: GatewayClient[] = []

beforeAll(async () => {
  rig = await startRig()
  cast = await newCast(rig.httpUrl, ledger.observe)
  routes = routesIn((await (await fetch(`${rig.httpUrl}/api/v10/openapi.json`)).json()) as never)
  const bots = await GatewayClient.open(rig.gatewayUrl)
  await bots.identify(cast.bot.token)
  sockets = [
    await GatewayClient.enter(rig.gatewayUrl, cast.ada.token),
    await GatewayClient.enter(rig.gatewayUrl, cast.bob.token),
    bots,
  ].map((socket) => socket.beat())
})
afterAll(async () => {
  await Promise.all(sockets.map((socket) => socket.close()))
  await rig.stop()
})

describe('every endpoint, with its refusals', () => {
  structureEndpoints(() => cast)
  orderEndpoints(() => cast)
  peopleEndpoints(() => cast)
  messageEndpoints(() => cast)
  emojiEndpoints(() => cast)
  unknownIds(() => cast)

  test('member chunks', async () => {
    for (const socket of sockets) {
      socket.send({ op: 8, d: { guild_id: cast.guild.id, query: '', limit: 0, presences: true, nonce: 'n' } })
      const chunk = await socket.dispatch('GUILD_MEMBERS_CHUNK')
      expect(chunk).toMatchObject({ chunk_index: 0, chunk_count: 1, nonce: 'n' })
    }
  })
})

describe('every route', () => {
  const somewhere = ({ template }: Route) => template.replace(/\{\w+\}/g, NOBODY)

  test('has succeeded and refused above', () => {
    const without = (outcome: (status: number) => boolean) => {
      const entries = ledger.entries.filter(({ status }) => outcome(status))
      const found = new Set(entries.map((entry) => routeOf(routes, entry)))
      return routes.filter((route) => !found.has(route)).map(named)
    }
    expect(routes.length).toBeGreaterThan(50)
    expect(without((status) => status < 300)).toEqual([])
    expect(without((status) => status >= 400).sort()).toEqual([
      'GET /applications',
      'GET /gateway',
      'GET /users/@me',
      'GET /users/@me/channels',
      'POST /auth/verify/resend',
    ])
  })

  test('wants a token, if any then a right one', async () => {
    const { anyone } = cast
    for (const route of routes.filter(({ needsToken }) => needsToken)) {
      for (const caller of [anyone, anyone.as('Bot nonsense'), anyone.as('a'.repeat(10_000))]) {
        const { status, body } = await caller.request(route.method, somewhere(route))
        const error = { code: 0, message: '401: Unauthorized' }
        expect([named(route), status, body]).toEqual([named(route), 401, error])
      }
    }
  })

  test('wants a confirmed address', async () => {
    const open = ['GET /users/@me', 'POST /auth/verify/resend', 'POST /auth/logout']
    for (const route of routes.filter((route) => route.needsToken && !open.includes(named(route)))) {
      const { status, body } = await cast.unverified.request(route.method, somewhere(route))
      expect([named(route), status, body.code]).toEqual([named(route), 403, 40_002])
    }
  })

  test.for(['nonsense', '99999999999999999999', '-1', '%00', '9223372036854775808'])(
    'refuses %s for an id',
    async (id) => {
      for (const route of routes.filter(({ template }) => parametersOf(template).length > 0)) {
        const path = route.template.replace(/\{\w+\}/g, id)
        const body = route.method === 'GET' ? undefined : {}
        const { status, body: error } = await cast.ada.request(route.method, path, body)
        expect([400, 403, 404], `${named(route)}: ${status}`).toContain(status)
        expect(error).toMatchObject({ code: expect.any(Number), message: expect.any(String) })
      }
    },
  )
})

describe('the operations asked for', () => {
  const asked = [official, ours].flatMap((areas) => Object.values(areas).flat())

  test('are served, and nothing else is', () => {
    expect(asked.filter((operation) => !servedBy(operation))).toEqual([])
    const known = new Set(asked.map(servedBy))
    expect(routeTable.filter((route) => !known.has(route)).map(({ name }) => name)).toEqual([])
    expect(new Set(asked).size).toBe(asked.length)
  })

  test('are in the official description, or ours for people', (context) => {
    const oracle = oracleOf(context)
    const found = asked.filter((operation) => oracle.operation(requestFor(operation)) === operation)
    expect(found).toEqual(Object.values(official).flat())
  })

  test('have each succeeded above with a request as described, and refused a wrong form', (context) => {
    const oracle = oracleOf(context)
    const successes = ledger.entries.filter(({ status }) => status < 300)
    const done = new Set(successes.map((entry) => oracle.operation(entry) ?? named(routeOf(routes, entry))))
    expect(asked.filter((operation) => !done.has(operation))).toEqual([])
    const problems = successes
      .flatMap(({ sent, ...entry }) => oracle.request({ ...entry, body: sent }))
      .filter((problem) => problem !== UNKNOWN)
    expect([...new Set(problems)]).toEqual([])
    const forms = ledger.entries.filter(({ body }) => body?.code === FORM && body.errors)
    const refused = new Set(forms.map((entry) => named(routeOf(routes, entry))))
    const unrefused = routeTable.filter(({ name, takesBody }) => takesBody && !refused.has(name))
    expect(unrefused.map(({ name }) => name)).toEqual([])
  })
})

describe('the official description', () => {
  test('every answer is as described', (context) => {
    const oracle = oracleOf(context)
    const known = new Set(Object.values(ours).flat())
    const problems = ledger.entries.flatMap((entry) => {
      const found = oracle.exchange(entry)
      if (found[0] !== UNKNOWN) return found
      const name = named(routeOf(routes, entry))
      return known.has(name) ? [] : [`${name} is not described`]
    })
    expect([...new Set(problems)]).toEqual([])
  })

  test('every dispatch is as described', (context) => {
    const oracle = oracleOf(context)
    const problems = sockets.flatMap(({ dispatches }) =>
      dispatches
        .filter(({ t }) => !eventsOfOurs.includes(String(t)))
        .flatMap(({ t, d }) => oracle.dispatch(String(t), d)),
    )
    expect([...new Set(problems)]).toEqual([])
  })
})

test('all kinds of dispatches were among those', () => {
  const kinds = new Set(sockets.flatMap(({ dispatches }) => dispatches.map(({ t }) => t)))
  expect([...kinds].sort()).toEqual(
    `CHANNEL_CREATE CHANNEL_DELETE CHANNEL_PINS_ACK CHANNEL_PINS_UPDATE CHANNEL_RECIPIENT_ADD
    CHANNEL_RECIPIENT_REMOVE CHANNEL_UPDATE GUILD_AUDIT_LOG_ENTRY_CREATE GUILD_BAN_ADD GUILD_BAN_REMOVE
    GUILD_CREATE GUILD_DELETE GUILD_EMOJIS_UPDATE GUILD_MEMBERS_CHUNK GUILD_MEMBER_ADD
    GUILD_MEMBER_REMOVE GUILD_MEMBER_UPDATE GUILD_ROLE_CREATE GUILD_ROLE_DELETE GUILD_ROLE_UPDATE GUILD_UPDATE
    INVITE_CREATE INVITE_DELETE MESSAGE_ACK MESSAGE_CREATE MESSAGE_DELETE MESSAGE_DELETE_BULK MESSAGE_REACTION_ADD
    MESSAGE_REACTION_REMOVE MESSAGE_REACTION_REMOVE_ALL MESSAGE_REACTION_REMOVE_EMOJI MESSAGE_UPDATE
    PRESENCE_UPDATE READY RELATIONSHIP_ADD RELATIONSHIP_REMOVE SESSIONS_REPLACE TYPING_START USER_GUILD_SETTINGS_UPDATE
    USER_NOTE_UPDATE USER_SETTINGS_UPDATE USER_UPDATE`.split(/\s+/),
  )
})

test('READY of a bot has what libraries need beyond the description', async () => {
  const ready = await sockets.at(-1)?.dispatch('READY')
  expect(ready).toMatchObject({
    v: 10,
    private_channels: [],
    user: { bot: true },
    application: { id: cast.bot.id },
  })
  expect(ready.guilds).toEqual([{ id: cast.guild.id, unavailable: true }])
})

test('[HTTP-2] every refusal is one of the catalogue, and nothing was answered with a 5xx', () => {
  const catalogue = Object.values(ErrorCode).map(({ code, status }) => `${status}/${code}`)
  for (const { method, path, status, body } of ledger.entries.filter(({ status }) => status >= 300)) {
    expect(catalogue, `${method} ${path}`).toContain(`${status}/${body.code}`)
    expect(status, `${method} ${path}`).toBeLessThan(500)
    const keys = body.errors ? ['code', 'errors', 'message'] : ['code', 'message']
    expect(Object.keys(body).sort()).toEqual(keys)
  }
})

test('[HTTP-6] ids tell their time by the epoch of Discord, and grow with every causal step', async () => {
  const { ada, bob } = cast
  const ids: string[] = []
  const from = Date.now()
  for (let n = 0; n < 3; n++) {
    const guild = await ada.expect('POST', '/guilds', { name: `Guild ${n}` })
    const channel = await ada.expect('POST', `/guilds/${guild.id}/channels`, { name: 'room' })
    await join(ada, bob, channel.id)
    const message = await bob.expect('POST', `/channels/${channel.id}/messages`, { content: 'here' })
    const reply = await ada.expect('POST', `/channels/${channel.id}/messages`, { content: 'there' })
    ids.push(guild.id, channel.id, message.id, reply.id)
  }
  const numbers = ids.map(BigInt)
  expect(numbers).toEqual(numbers.toSorted((a, b) => (a < b ? -1 : 1)))
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids) {
    expect(id).toMatch(/^\d{17,19}$/)
    const time = Number(BigInt(id) >> 22n) + 1_420_070_400_000
    expect(time).toBeGreaterThan(from - 1_000)
    expect(time).toBeLessThan(Date.now() + 1_000)
  }
})

describe('headers', () => {
  test('[HTTP-1] every JSON answer is exactly application/json; a 204 has no body', () => {
    for (const { method, path, status, headers, body } of ledger.entries) {
      const type = status === 204 ? null : 'application/json'
      expect(headers.get('content-type'), `${method} ${path}: ${status}`).toBe(type)
      if (status === 204) expect(body).toBe('')
    }
  })

  test('every answer has its own request id', () => {
    const ids = ledger.entries.map(({ headers }) => headers.get('x-request-id'))
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/)
  })
})

/** A request for an operation, with something for its parameters. */
function requestFor(operation: string): { method: string; path: string } {
  const [method = '', template = ''] = operation.split(' ')
  return { method, path: template.replace(/\{\w+\}/g, NOBODY) }
}

const named = (route: Route | undefined): string => `${route?.method} ${route?.template}`
