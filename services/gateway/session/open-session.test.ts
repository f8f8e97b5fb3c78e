import { expect, test } from 'vitest'
import { asPosition } from '#shared/kernel/ids.ts'
import type { EventLog, LogEvent } from '#shared/ports/event-log.ts'
import { LogWindow } from '../rooms/log-window.ts'
import type { GatewayCore } from './gateway-core.ts'
import { identify } from './open-session.ts'
import { Flusher, Outbound } from './outbound.ts'

const USER = '1000000000000000001'
const MB = 1_024 * 1_024

test('[SES-9] what happens while it identifies goes to a slow client as it takes it', async () => {
  const socket = { held: 0, taken: 0 }
  let made = 0
  const outbound = new (class extends Outbound {
    override dispatch(...args: Parameters<Outbound['dispatch']>): void {
      made++
      super.dispatch(...args)
    }
  })(
    {
      send(frames) {
        socket.taken += frames.length
        socket.held = 2 * MB
        return false
      },
      buffered: () => socket.held,
      close: () => {},
      drop: () => {},
    },
    undefined,
    new Flusher(),
  )
  const window = new LogWindow({} as EventLog)
  window.startAt(asPosition(0))
  const core = {
    window,
    rooms: { kind: () => undefined },
    clock: { monotonic: () => 0, after: () => () => {} },
    revocations: () => 0,
    logBounds: async () => ({ first: 1, last: 0 }),
    identify: async () => ({
      user: { id: USER, bot: true, verified: true },
      application: null,
      guildIds: [],
      formerGuildIds: [],
      conversationIds: [],
    }),
    newSessionId: () => 'session',
    resumeUrl: () => '',
    presences: { sessionsOf: () => [] },
    records: {
      async create() {
        for (let position = 1; position <= 20; position++)
          window.push({
            position: asPosition(position),
            subject: `events.0.u.${USER}.v`,
            type: 'USER_NOTE_UPDATE',
            schema: 1,
            facts: { version: position, changes: [] },
            d: JSON.stringify('x'.repeat(MB)),
          } as unknown as LogEvent)
      },
    },
    sessions: { add: () => {} },
  } as unknown as GatewayCore
  const opened = identify(
    core,
    { outbound, host: '', isGone: () => false, took: () => {} },
    {
      kind: 'identify',
      token: 'token',
      intents: 0,
      shard: undefined,
      largeThreshold: 50,
      platform: 'web',
      presence: undefined,
    },
  )
  const turns = async () => {
    for (let n = 0; n < 5; n++) await new Promise((resolve) => setImmediate(resolve))
  }
  // READY, and one more at a time.
  for (let told = 2; told <= 21; told++) {
    await turns()
    expect([made, socket.taken]).toEqual([told, told])
    socket.held = 0
    outbound.flush()
  }
  expect(await opened).toMatchObject({ ok: true })
})
