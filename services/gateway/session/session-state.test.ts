import { describe, expect, test } from 'vitest'
import { CloseCode } from '#shared/protocol/close-codes.ts'
import type { ClientFrame } from '#shared/protocol/gateway-frame.ts'
import { type ConnectionState, type Input, newConnection, type Step, step } from './session-state.ts'

const START = 1_000_000

const heartbeat: ClientFrame = { kind: 'heartbeat', seq: 7 }
const identify: ClientFrame = {
  kind: 'identify',
  token: 'token',
  intents: 0,
  shard: undefined,
  largeThreshold: 50,
  platform: 'web',
  presence: undefined,
}
const resume: ClientFrame = { kind: 'resume', token: 'token', sessionId: 'id', seq: 3 }
const presence = {
  kind: 'presence',
  presence: { status: 'online', activities: [], since: null, afk: false },
} as const satisfies ClientFrame
const members = {
  kind: 'request_members',
  guildId: '1',
  by: { query: '', limit: 0 },
  presences: false,
  nonce: undefined,
} as ClientFrame
const ignored: ClientFrame = { kind: 'ignored', op: 4 }

const frame = (of: ClientFrame): Input => ({ kind: 'frame', frame: of })
const tick: Input = { kind: 'tick', heartbeatTimeoutMs: 50_000, identifyTimeoutMs: 10_000 }

/** The last of several steps, each taken at the time given with it. */
function stepped(...inputs: readonly (Input | readonly [Input, number])[]): Step {
  let last: Step = { state: newConnection(START) }
  for (const each of inputs) {
    const [input, at] = 'kind' in each ? [each, 0] : each
    last = step(last.state, input, START + at)
  }
  return last
}

const opening = frame(identify)
const opened: Input = { kind: 'opened' }
const closing = (code: CloseCode) => ({ do: 'close', code })
const phaseOf = ({ state }: { state: ConnectionState }) => state.phase.name

describe('before identification', () => {
  test('Identify and Resume are carried out, one at a time', () => {
    expect(stepped(frame(identify))).toMatchObject({ effect: { do: 'identify', frame: identify } })
    expect(stepped(frame(resume))).toMatchObject({ effect: { do: 'resume', frame: resume } })
    expect(phaseOf(stepped(frame(identify)))).toBe('opening')
    expect(phaseOf(stepped(frame(resume)))).toBe('opening')
  })

  test('heartbeats are acknowledged', () => {
    const { state, effect } = stepped(frame(heartbeat))
    expect(effect).toEqual({ do: 'acknowledge', seq: 7 })
    expect(state.phase.name).toBe('awaiting_identify')
  })

  test.each([presence, members, ignored])('[SES-5] anything else is 4003: $kind', (other) => {
    expect(stepped(frame(other)).effect).toEqual(closing(CloseCode.NOT_AUTHENTICATED))
  })

  test('[SES-5] what cannot be decoded is closed with its code', () => {
    const last = stepped({ kind: 'malformed', code: CloseCode.DECODE_ERROR })
    expect(last.effect).toEqual(closing(CloseCode.DECODE_ERROR))
    expect(phaseOf(last)).toBe('gone')
  })

  test('[SES-7] who does not identify within the time is closed, whatever else it sends', () => {
    expect(stepped([tick, 10_000]).effect).toBeUndefined()
    expect(stepped([tick, 10_001]).effect).toEqual(closing(CloseCode.SESSION_TIMED_OUT))
    expect(stepped([frame(heartbeat), 9_000], [tick, 10_001]).effect).toEqual(
      closing(CloseCode.SESSION_TIMED_OUT),
    )
  })
})

describe('while Identify or Resume is under way', () => {
  test('[SES-5] a second one is 4005', () => {
    for (const second of [identify, resume])
      expect(stepped(opening, frame(second)).effect).toEqual(closing(CloseCode.ALREADY_AUTHENTICATED))
  })

  test('its end leads on: to ready, or back to waiting for Identify [RES-6]', () => {
    expect(phaseOf(stepped(opening, opened))).toBe('ready')
    const back = stepped(frame(resume), { kind: 'invalid_session' })
    expect(back.effect).toBeUndefined()
    expect(phaseOf(back)).toBe('awaiting_identify')
    expect(step(back.state, frame(identify), START).effect).toEqual({ do: 'identify', frame: identify })
  })

  test('heartbeats are acknowledged', () => {
    expect(stepped(opening, frame(heartbeat)).effect).toEqual({ do: 'acknowledge', seq: 7 })
  })
})

describe('identified', () => {
  test('[SES-5] Identify and Resume are 4005', () => {
    for (const again of [identify, resume]) {
      const last = stepped(opening, opened, frame(again))
      expect(last.effect).toEqual(closing(CloseCode.ALREADY_AUTHENTICATED))
      expect(phaseOf(last)).toBe('gone')
    }
  })

  test('frames have their effects; those that mean nothing here have none', () => {
    expect(stepped(opening, opened, frame(members)).effect).toEqual({ do: 'members', frame: members })
    expect(stepped(opening, opened, frame(presence)).effect).toMatchObject({ do: 'presence' })
    expect(stepped(opening, opened, frame(heartbeat)).effect).toEqual({ do: 'acknowledge', seq: 7 })
    expect(stepped(opening, opened, frame(ignored)).effect).toBeUndefined()
  })

  test('of presences the first five in 20 s count, and the last when there may be more', () => {
    const five = Array.from({ length: 5 }, () => frame(presence))
    expect(stepped(opening, opened, ...five).effect).toMatchObject({ do: 'presence' })
    const sixth = stepped(opening, opened, ...five, frame(presence))
    expect([phaseOf(sixth), sixth.effect]).toEqual(['ready', undefined])
    expect(step(sixth.state, frame(presence), START + 20_000).effect).toMatchObject({ do: 'presence' })

    const hidden = { ...presence, presence: { ...presence.presence, status: 'invisible' } } as ClientFrame
    const held = stepped(opening, opened, ...five, frame(presence), frame(hidden))
    expect(step(held.state, tick, START + 19_999).effect).toBeUndefined()
    const later = step(held.state, tick, START + 20_000)
    expect(later.effect).toMatchObject({ do: 'presence', presence: { status: 'invisible' } })
    expect(step(later.state, tick, START + 40_000).effect).toBeUndefined()
    const newer = step(held.state, frame(presence), START + 20_000)
    expect(newer.effect).toMatchObject({ do: 'presence', presence: { status: 'online' } })
    expect(step(newer.state, tick, START + 40_000).effect).toBeUndefined()
  })

  test('[SES-7] silence beyond the time-out is closed so that the client resumes', () => {
    const ready = [[opening, 4_000], opened] as const
    expect(stepped(...ready, [tick, 54_000]).effect).toBeUndefined()
    expect(stepped(...ready, [tick, 54_001]).effect).toEqual(closing(CloseCode.UNKNOWN_ERROR))
    expect(stepped(...ready, [frame(heartbeat), 40_000], [tick, 90_000]).effect).toBeUndefined()
    expect(stepped(...ready, [frame(ignored), 40_000], [tick, 90_001]).effect).toEqual(
      closing(CloseCode.UNKNOWN_ERROR),
    )
  })
})

describe('[SES-5] more than 120 frames a minute are 4008', () => {
  const many = (count: number) => Array.from({ length: count }, () => frame(heartbeat))

  test('of whatever kind, in whatever phase', () => {
    expect(stepped(...many(120)).effect).toMatchObject({ do: 'acknowledge' })
    expect(stepped(...many(121)).effect).toEqual(closing(CloseCode.RATE_LIMITED))
    expect(stepped(opening, opened, ...many(119)).effect).toMatchObject({ do: 'acknowledge' })
    expect(stepped(opening, opened, ...many(120)).effect).toEqual(closing(CloseCode.RATE_LIMITED))
    const malformed: Input = { kind: 'malformed', code: CloseCode.UNKNOWN_OPCODE }
    expect(stepped(...many(120), malformed).effect).toEqual(closing(CloseCode.RATE_LIMITED))
  })

  test('and the next minute begins anew', () => {
    const { state } = stepped(...many(120))
    expect(step(state, frame(heartbeat), START + 59_999).effect).toEqual(closing(CloseCode.RATE_LIMITED))
    expect(step(state, frame(heartbeat), START + 60_000).effect).toMatchObject({ do: 'acknowledge' })
  })
})

test('what is over stays over', () => {
  const { state } = stepped({ kind: 'closed' })
  expect(state.phase.name).toBe('gone')
  for (const input of [frame(identify), frame(heartbeat), tick, opened, { kind: 'invalid_session' } as const])
    expect(step(state, input, START + 1e9)).toEqual({ state })
})

test('a step changes nothing but what it returns', () => {
  const state = Object.freeze(newConnection(START))
  step(state, frame(identify), START)
  expect(state).toEqual(newConnection(START))
})
