import { expect, test } from 'vitest'
import { deferred } from '#shared/kernel/deferred.ts'
import { asPosition } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import type { SessionRecord } from '#shared/ports/session-store.ts'
import { LogWindow } from '../rooms/log-window.ts'
import { Room } from '../rooms/room.ts'
import type { RoomKind } from '../rooms/room-kind.ts'
import { Frame } from './frame.ts'
import type { GatewayCore } from './gateway-core.ts'
import { fallBehind } from './go-live.ts'
import { Session } from './session.ts'

interface State {
  readonly version: number
}

/** Rooms in which everybody is told everything. */
const kind = {
  kind: 'conversation',
  none: { version: 0 },
  isMember: () => true,
  serves: () => true,
  newcomers: () => ['1'],
  hears: () => true,
  evolve: (_: State, { facts }: LogEvent) => ({ version: (facts as { version: number }).version }),
  dispatches: (_: unknown, { type, d }: LogEvent) => [{ t: type, d }],
} as unknown as RoomKind<State>

const eventIn = (room: string, position: number, version: number): LogEvent =>
  ({
    position: asPosition(position),
    subject: `events.0.c.${room}.v`,
    type: 'CHANNEL_UPDATE',
    schema: 1,
    facts: { version, changes: [] },
    d: JSON.stringify({ room, version }),
  }) as never

test('[RES-1] a session that waits for a room has the others’ events once, in order, and what is not in the log at once', async () => {
  const sent: { t: string; s: number; room?: string }[] = []
  const outbound = {
    dispatch(frame: Frame, s: number) {
      const { t, d } = JSON.parse(frame.withSequence(s).toString())
      sent.push({ t, s, ...d })
    },
  }
  const session = new Session({
    record: {} as SessionRecord,
    view: { userId: '1', intents: -1, bot: false, shard: null, largeThreshold: 50 },
    tokenHash: '',
    outbound: outbound as never,
    clock: { monotonic: () => 0 } as never,
    held: { release() {} },
    cursor: { s: 1, position: asPosition(9) },
    silentUntil: 0,
  })
  const window = new LogWindow(undefined as never)
  window.startAt(asPosition(9))
  const [loaded, late] = ['10', '11'].map((id) => new Room(kind, id, { version: 1 })) as [
    Room<State>,
    Room<State>,
  ]
  const loading = deferred<Room<State>>()
  const rooms = new Map([['conversation:10', loaded]])
  const core = {
    window,
    rooms: {
      kind: () => kind,
      loaded: (key: string) => rooms.get(key),
      acquire: () => loading.promise,
      release() {},
    },
  } as unknown as GatewayCore
  loaded.attach(session)
  session.rooms.set('conversation:10', loaded as never)
  session.live = true

  const into = eventIn('11', 10, 1)
  window.push(into)
  const behind = fallBehind(core, session, into)
  const meanwhile = eventIn('10', 11, 2)
  window.push(meanwhile)
  loaded.apply(meanwhile, [])
  for (const listener of loaded.audience('10', 0)) listener.tell(new Frame('TYPING_START', '{"room":"10"}'))
  rooms.set('conversation:11', late)
  loading.resolve(late)
  await behind
  const after = eventIn('10', 12, 3)
  window.push(after)
  loaded.apply(after, [])

  expect(sent).toEqual([
    { t: 'TYPING_START', s: 1, room: '10' },
    { t: 'CHANNEL_UPDATE', s: 2, room: '11', version: 1 },
    { t: 'CHANNEL_UPDATE', s: 3, room: '10', version: 2 },
    { t: 'CHANNEL_UPDATE', s: 4, room: '10', version: 3 },
  ])
  expect([...session.rooms.keys()]).toEqual(['conversation:10', 'conversation:11'])
})

test('a session that could not catch up is in no room', async () => {
  const room = new Room(kind, '10', { version: 1 })
  const session = new Session({
    record: {} as SessionRecord,
    view: { userId: '1', intents: -1, bot: false, shard: null, largeThreshold: 50 },
    tokenHash: '',
    outbound: {} as never,
    clock: { monotonic: () => 0 } as never,
    held: { release() {} },
    cursor: { s: 1, position: asPosition(9) },
    silentUntil: 0,
  })
  room.attach(session)
  session.rooms.set('conversation:10', room as never)
  session.live = true
  const window = new LogWindow(undefined as never)
  window.startAt(asPosition(9))
  const into = eventIn('11', 10, 1)
  window.push(into)
  const failing = { kind: () => kind, acquire: () => Promise.reject(new Error('no store')), release() {} }
  await expect(
    fallBehind({ window, rooms: failing } as unknown as GatewayCore, session, into),
  ).rejects.toThrow('no store')
  expect(room.listeners.size).toBe(0)
})
