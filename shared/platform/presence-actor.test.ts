import { beforeEach, expect, test } from 'vitest'
import { InProcessBus } from '#shared/adapters/bus/in-process-bus.ts'
import type { Platform } from '#shared/protocol/platform.ts'
import type { PresenceUpdate } from '#shared/protocol/presence-update.ts'
import { MortalBus } from '#test/support/mortal-bus.ts'
import { SteppedClock } from '#test/support/stepped-clock.ts'
import { Liveness } from './liveness.ts'
import { PresenceActor } from './presence-actor.ts'

const ADA = '1'

let clock: SteppedClock
let hub: InProcessBus
beforeEach(() => {
  clock = new SteppedClock()
  hub = new InProcessBus((error) => {
    throw error
  })
})

const is = (status: PresenceUpdate['status'], state?: string, platform: Platform = 'web') => ({
  status,
  activities: state === undefined ? [] : [{ name: 'Custom Status', type: 4, state }],
  since: null,
  afk: false,
  platform,
})

/** A gateway, which the others know by its heartbeats. */
function open(node: string) {
  const bus = new MortalBus(hub)
  const told: string[] = []
  /** His sessions as often as they changed, by what each says. */
  const sessions: string[][] = []
  const presences: PresenceActor = new PresenceActor({
    bus,
    node,
    changed: ({ status }) => void told.push(status),
    sessionsChanged: (id) =>
      sessions.push(
        presences
          .sessionsOf(id)
          .map((one) => `${one.session_id} ${one.status}`)
          .sort(),
      ),
  })
  const liveness = new Liveness({ bus, clock, service: 'gateway', node })
  liveness.watch(presences)
  liveness.join()
  return { bus, liveness, presences, told, sessions, status: () => presences.get(ADA)?.status ?? 'offline' }
}

test('the sessions of a user are one presence everywhere, with what the most visible of them says', async () => {
  const [a, b] = [open('a'), open('b')]
  const [one, other, third] = [{}, {}, {}]
  a.presences.set(ADA, one, is('idle', 'tea'))
  await clock.advance(0)
  expect(b.presences.get(ADA)).toMatchObject({ status: 'idle', activities: [{ state: 'tea' }] })
  b.presences.set(ADA, other, is('online', 'work'))
  a.presences.set(ADA, third, is('invisible'))
  await clock.advance(0)
  expect([a, b].map(({ presences }) => presences.get(ADA))).toMatchObject([
    { status: 'online', activities: [{ state: 'work' }] },
    { status: 'online', activities: [{ state: 'work' }] },
  ])
  b.presences.drop(ADA, other)
  a.presences.drop(ADA, one)
  await clock.advance(0)
  expect([a.status(), b.status()]).toEqual(['offline', 'offline'])
  expect(b.told).toEqual(['idle', 'online', 'idle', 'offline'])
})

test('each kind of client has its own status, the best of its sessions', async () => {
  const [a, b] = [open('a'), open('b')]
  const phone = {}
  a.presences.set(ADA, phone, is('online', undefined, 'mobile'))
  a.presences.set(ADA, {}, is('idle', 'tea', 'desktop'))
  b.presences.set(ADA, {}, is('dnd', 'work', 'desktop'))
  b.presences.set(ADA, {}, is('invisible', undefined, 'web'))
  await clock.advance(0)
  expect(a.presences.get(ADA)).toMatchObject({
    status: 'dnd',
    activities: [{ state: 'work' }],
    client_status: { desktop: 'dnd', mobile: 'online' },
  })
  a.presences.drop(ADA, phone)
  await clock.advance(0)
  expect(b.presences.get(ADA)?.client_status).toEqual({ desktop: 'dnd' })
})

test('a connection that ends late takes nothing from the one after it', async () => {
  const a = open('a')
  const [old, resumed] = [{}, {}]
  a.presences.set(ADA, old, is('dnd'))
  a.presences.set(ADA, resumed, is('dnd'))
  a.presences.drop(ADA, old)
  await clock.advance(0)
  expect(a.status()).toBe('dnd')
})

test('who was on a gateway that died, or stops, is offline; who comes later is told who is there', async () => {
  const [a, b] = [open('a'), open('b')]
  await clock.advance(1_000)
  a.presences.set(ADA, {}, is('online'))
  await clock.advance(0)
  const late = open('late')
  await clock.advance(0)
  expect([late.status(), [...late.presences.online()]]).toEqual(['online', [ADA]])
  a.bus.state = 'dead'
  await clock.advance(3_000)
  expect([b.status(), late.status(), [...late.presences.online()]]).toEqual(['offline', 'offline', []])
  a.bus.state = 'alive'
  await clock.advance(1_000)
  expect([a.status(), b.status(), late.status()]).toEqual(['online', 'online', 'online'])
  a.liveness.leave()
  await clock.advance(0)
  expect([b.status(), late.status()]).toEqual(['offline', 'offline'])
})

test('of a person’s own sessions every gateway knows, of those that are invisible too; of a bot’s none', async () => {
  const [a, b] = [open('a'), open('b')]
  const api = new PresenceActor({ bus: new MortalBus(hub), node: 'api' })
  const [one, other] = [{}, {}]
  a.presences.set(ADA, one, { ...is('invisible'), session_id: 'one' })
  a.presences.set(ADA, {}, is('online'))
  b.presences.set(ADA, other, { ...is('idle', 'tea'), session_id: 'other' })
  await clock.advance(0)
  expect(b.presences.sessionsOf(ADA)).toEqual([
    { ...is('invisible'), session_id: 'one' },
    { ...is('idle', 'tea'), session_id: 'other' },
  ])
  expect(b.presences.get(ADA)).not.toHaveProperty('sessions')
  expect(api.sessionsOf(ADA)).toEqual([])
  const both = ['one invisible', 'other idle']
  expect([a.sessions.at(-1), b.sessions.at(-1)]).toEqual([both, both])
  const before = a.sessions.length + b.sessions.length
  const late = open('late')
  await clock.advance(0)
  expect(late.presences.sessionsOf(ADA)).toHaveLength(2)
  expect(a.sessions.length + b.sessions.length).toBe(before)

  // Resumed on the other gateway before the first one notices.
  b.presences.set(ADA, {}, { ...is('invisible'), session_id: 'one' })
  await clock.advance(0)
  expect(a.sessions.at(-1)).toEqual(both)
  a.presences.drop(ADA, one)
  b.presences.drop(ADA, other)
  await clock.advance(0)
  expect([a.sessions.at(-1), b.sessions.at(-1)]).toEqual([['one invisible'], ['one invisible']])
})

test('the sessions of a gateway that died are told to be gone, also of who is invisible', async () => {
  const [a, b] = [open('a'), open('b')]
  await clock.advance(1_000)
  a.presences.set(ADA, {}, { ...is('invisible'), session_id: 'one' })
  await clock.advance(0)
  a.bus.state = 'dead'
  await clock.advance(3_000)
  expect(b.sessions).toEqual([['one invisible'], []])
})
