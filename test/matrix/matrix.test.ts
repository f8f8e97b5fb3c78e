import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GATEWAY_EVENTS } from '#shared/protocol/gateway-events.ts'
import { eventually } from '#test/support/eventually.ts'
import { GatewayClient } from '#test/support/gateway-client.ts'
import { withoutEffect } from '#test/support/kept-rows.ts'
import { oracle, UNKNOWN } from '#test/support/oracle.ts'
import { routeTable } from '#test/support/route-table.ts'
import { startServer, type TestServer } from '#test/support/server.ts'
import { type Call, callsOf, mayIn, requestOf } from './calls.ts'
import { ANSWERS, eventRows } from './events.ts'
import { anybody, inGuild, theOwner } from './rights.ts'
import { type Row, rows } from './routes.ts'
import { patchProblems } from './sent-back.ts'
import { problemsOfEvents, sessionsOf } from './told.ts'
import { newWorld, type Place, type World } from './world.ts'

const AT_ONCE = 8

let server: TestServer
let world: World

beforeAll(async () => {
  server = await startServer({ own: true })
  world = await newWorld(server)
  const { own, foreign, subjects } = world
  const found = async ({ caller }: typeof subjects.owner, guildId: string | undefined) =>
    (await caller.expect('GET', `/guilds/${guildId}/messages/search?content=needle`)).total_results > 0
  await eventually('the index', () => found(subjects.owner, own.guild_id))
  await eventually('the index', () => found(subjects.stranger, foreign.guild_id))
})
afterAll(async () => {
  await server.stop()
})

test('every route of the tables has its row', () => {
  const named = new Set(rows.map(({ route }) => route))
  expect([...named].sort()).toEqual(routeTable.map(({ name }) => name).sort())
})

test('a row that says too much or too little is found', async () => {
  const route = 'GET /guilds/{guild_id}/roles'
  const problems = async (right: Row['right']) => {
    const found = await inTurns(callsOf({ route, right }, world), (call) => problemIn(call))
    return found.filter((problem) => problem !== undefined)
  }
  expect(await problems(inGuild())).toEqual([])
  expect((await problems(anybody())).join()).toContain('stranger, own ids: 403')
  expect((await problems(inGuild(theOwner))).join()).toContain('plain member, own ids: 200')
})

/** Sends a call as it is; what is wrong with the answer, in words. */
async function problemIn(
  call: Call,
  caller = call.subject.caller,
  ids = call.ids,
): Promise<string | undefined> {
  const { method, path, body } = requestOf(call, ids)
  const answer = await caller.request(method, path, body)
  const about = `${call.row.route} by ${call.what}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`
  const described = oracle?.exchange({ method, path, status: answer.status, body: answer.body }) ?? []
  if (described.length > 0 && described[0] !== UNKNOWN)
    return `${about}, not as described: ${described.join()}`
  if (call.refusals.length > 0) {
    const right = answer.status >= 400 && answer.status < 500 && call.refusals.includes(answer.body.code)
    return right ? undefined : `${about}, not ${call.refusals.join(' or ')}`
  }
  if (answer.status !== 200 && answer.status !== 201 && answer.status !== 204)
    return `${about}, not a success`
  const shown = call.row.shows?.(answer.body as never, mayIn(world, call), ids)
  return shown && `${about}: ${shown}`
}

async function inTurns<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  turns = AT_ONCE,
): Promise<R[]> {
  const waiting = items.values()
  const results: R[] = []
  const worker = async () => {
    for (const item of waiting) results.push(await work(item))
  }
  await Promise.all(Array.from({ length: turns }, worker))
  return results
}

const reply = ({ message_id, channel_id }: Place) => ({
  content: 'x',
  message_reference: { message_id, channel_id },
})

const titled = (list: readonly Row[]): [string, Row][] =>
  list.map((row) => [`${row.route}${row.fixed ? ` ${JSON.stringify(row.fixed)}` : ''}`, row])

describe('[PERM-8][PERM-10][PERM-14][PERM-15][PERM-16][HTTP-2] refused and without effect', () => {
  const watching: GatewayClient[] = []

  beforeAll(async () => {
    const { owner, stranger, 'plain member': member } = world.subjects
    for (const { token } of [owner, stranger, member])
      watching.push((await GatewayClient.enter(server.gateway, token)).beat())
  })
  afterAll(async () => {
    await Promise.all(watching.map((client) => client.close()))
  })

  test.for(titled(rows))('%s', async ([, row]) => {
    const refused = callsOf(row, world).filter(({ refusals }) => refusals.length > 0)
    await withoutEffect(server.dataDir, async () => {
      const problems = await inTurns(refused, (call) => problemIn(call))
      expect(problems.filter((problem) => problem !== undefined)).toEqual([])
    })
  })

  test('ids of elsewhere in a body', async () => {
    const { own, foreign, subjects } = world
    const overwrite = (id: string | undefined, type: number) => ({
      permission_overwrites: [{ id, type, deny: '64' }],
    })
    const channels = `/guilds/${own.guild_id}/channels`
    const cases: [string, string, object, status?: number][] = [
      ['PATCH', `/guilds/${own.guild_id}`, { system_channel_id: foreign.channel_id }],
      ['PATCH', `/channels/${own.channel_id}`, { parent_id: foreign.channel_id }],
      ['POST', channels, { name: 'x', parent_id: foreign.channel_id }],
      ['POST', channels, { name: 'x', ...overwrite(foreign.role_id, 0) }, 404],
      ['PATCH', `/channels/${own.channel_id}`, overwrite(foreign.role_id, 0), 404],
      ['PATCH', `/channels/${own.channel_id}`, overwrite(foreign.message_id, 1), 404],
      ['PATCH', channels, [{ id: own.channel_id, parent_id: foreign.channel_id }]],
      ['POST', `/channels/${own.channel_id}/messages`, reply(foreign)],
      [
        'POST',
        `/channels/${own.channel_id}/messages/bulk-delete`,
        { messages: [foreign.message_id, foreign.application_id] },
        204,
      ],
    ]
    await withoutEffect(server.dataDir, async () => {
      for (const [method, path, body, expected = 400] of cases) {
        const { status } = await subjects.owner.caller.request(method, path, body)
        expect([path, status]).toEqual([path, expected])
      }
    })
  })

  test('and nobody was told of anything', () => {
    const others = watching.flatMap(({ dispatches }) => dispatches.map(({ t }) => t))
    expect(new Set(others)).toEqual(new Set(['READY', 'GUILD_CREATE', 'PRESENCE_UPDATE', 'SESSIONS_REPLACE']))
  })
})

describe('[PERM-2][PERM-4] done', () => {
  test.for(titled(rows))('%s', async ([, row]) => {
    const calls = callsOf(row, world).filter(({ refusals }) => refusals.length === 0)
    const problems = await inTurns(
      calls,
      async (call) => {
        const ready = await row.before?.(world, call.ids, call.subject)
        const problem = await problemIn(call, ready?.caller, ready?.ids)
        if (!problem) await row.after?.(world, ready?.ids ?? call.ids, call.subject)
        return problem
      },
      row.after ? 1 : AT_ONCE,
    )
    expect(problems.filter((problem) => problem !== undefined)).toEqual([])
  })
})

describe('a response sent back', () => {
  const patches = routeTable.filter(({ method }) => method === 'PATCH').map(({ name }) => name)

  test('is tried of every PATCH', () => {
    const edited = rows.filter(({ edits }) => edits).map(({ route }) => route)
    expect(patches.filter((name) => !edited.includes(name))).toEqual([])
  })

  test.for(patches)('%s changes nothing that is not for the sender to change', async (name) => {
    expect(
      await patchProblems(
        world,
        rows.filter(({ route, edits }) => route === name && edits),
      ),
    ).toEqual([])
  })
})

describe('[HTTP-2] a PATCH of nothing that is known', () => {
  const patched = rows.filter(({ edits }) => edits)
  const first = patched.filter((row, n) => patched.findIndex(({ route }) => route === row.route) === n)

  test.for(titled(first))('%s changes nothing, whoever sends it', async ([, row]) => {
    const own = callsOf(row, world).filter(({ what }) => what.endsWith('own ids'))
    await withoutEffect(server.dataDir, async () => {
      const answers = await inTurns(own, async (call) => {
        const { method, path } = requestOf(call, call.ids)
        const body = { unknown: 'x' }
        const sent = row.wrap?.(body, call.ids) ?? body
        const { status } = await call.subject.caller.request(method, path, sent)
        return status < 500 ? [] : `${call.what}: ${status}`
      })
      expect(answers.flat()).toEqual([])
    })
  })
})

describe('who is told', () => {
  test('every event has its row', () => {
    const known = [...eventRows.map(({ event }) => event), ...ANSWERS]
    expect([...new Set(known)].sort()).toEqual([...GATEWAY_EVENTS].sort())
  })

  test('[VIS-1][VIS-2] every event comes to whom it is for, with the intent, and to nobody else', async () => {
    await world.refresh()
    const sessions = await sessionsOf(world, server.gateway)
    expect(await problemsOfEvents(world, sessions)).toEqual([])
    await Promise.all(sessions.map(({ client }) => client.close()))
  }, 180_000)
})
