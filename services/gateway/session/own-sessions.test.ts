import { expect, test } from 'vitest'
import { InProcessBus } from '#shared/adapters/bus/in-process-bus.ts'
import { PresenceActor } from '#shared/platform/presence-actor.ts'
import { ONLINE } from '#shared/protocol/presence-update.ts'
import { SteppedClock } from '#test/support/stepped-clock.ts'
import type { Frame } from './frame.ts'
import { ownSessionsTeller } from './own-sessions.ts'
import type { Session } from './session.ts'

test('a person whose sessions come all at once is told of the first, then of all, and of the next change at once', async () => {
  const clock = new SteppedClock()
  const told: [session: string, ids: string[]][] = []
  const sessions = new Map<string, Session>()
  const changed = ownSessionsTeller(() => ({
    clock,
    presences,
    sessions: { ofUser: () => new Set(sessions.values()) } as never,
  }))
  const presences: PresenceActor = new PresenceActor({
    bus: new InProcessBus((error) => {
      throw error
    }),
    node: 'a',
    sessionsChanged: changed,
  })
  const come = (id: string) => {
    const tell = (frame: Frame) => {
      const { t, d } = JSON.parse(frame.withSequence(1).toString())
      expect(t).toBe('SESSIONS_REPLACE')
      told.push([id, d.map(({ session_id }: { session_id: string }) => session_id)])
    }
    const session = { tell } as unknown as Session
    sessions.set(id, session)
    presences.set('1', session, { ...ONLINE, platform: 'web', session_id: id })
    return session
  }

  const [first] = ['x', 'y', 'z'].map(come) as [Session, Session, Session]
  expect(told.splice(0)).toEqual([['x', ['x']]])
  await clock.advance(1_000)
  expect(told.splice(0)).toEqual(['x', 'y', 'z'].map((id) => [id, ['x', 'y', 'z']]))
  await clock.advance(1_000)
  expect(told).toEqual([])
  sessions.delete('x')
  presences.drop('1', first)
  expect(told.splice(0)).toEqual(['y', 'z'].map((id) => [id, ['y', 'z']]))
  await clock.advance(1_000)
  expect(told).toEqual([])
})
