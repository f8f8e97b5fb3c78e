import { CloseCode } from '#shared/protocol/close-codes.ts'
import type { ClientFrame, IdentifyFrame, RequestMembersFrame } from '#shared/protocol/gateway-frame.ts'
import type { PresenceUpdate } from '#shared/protocol/presence-update.ts'

/** A client may send this many frames per window; more is 4008. */
const FRAMES_PER_WINDOW = 120
const WINDOW_MS = 60_000
const PRESENCES_PER_WINDOW = 5
const PRESENCE_WINDOW_MS = 20_000

type Phase =
  /** Hello was sent. */
  | { readonly name: 'awaiting_identify' }
  /** Identify or Resume is under way. */
  | { readonly name: 'opening' }
  | { readonly name: 'ready' }
  /** The connection is over; a session that had a record can be resumed anywhere. */
  | { readonly name: 'gone' }

interface Budget {
  readonly since: number
  readonly used: number
}

export interface ConnectionState {
  readonly phase: Phase
  readonly frames: Budget
  readonly presences: Budget
  /** The newest of those beyond the budget: it counts as soon as one may again, so that nobody stays visible who has hidden. */
  readonly heldPresence?: PresenceUpdate
  /** When the client last showed that it lives, in monotonic ms. */
  readonly heardAt: number
}

export type Input =
  | { readonly kind: 'frame'; readonly frame: ClientFrame }
  | { readonly kind: 'malformed'; readonly code: CloseCode }
  /** Identify or Resume ended: ready, or refused in a way that lets the client identify again. */
  | { readonly kind: 'opened' }
  | { readonly kind: 'invalid_session' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'tick'; readonly heartbeatTimeoutMs: number; readonly identifyTimeoutMs: number }

export type Effect =
  | { readonly do: 'acknowledge'; readonly seq: number | null }
  | { readonly do: 'identify'; readonly frame: IdentifyFrame }
  | { readonly do: 'resume'; readonly frame: Extract<ClientFrame, { kind: 'resume' }> }
  | { readonly do: 'presence'; readonly presence: PresenceUpdate }
  | { readonly do: 'members'; readonly frame: RequestMembersFrame }
  | { readonly do: 'close'; readonly code: CloseCode }

export interface Step {
  readonly state: ConnectionState
  readonly effect?: Effect
}

export const newConnection = (now: number): ConnectionState => ({
  phase: { name: 'awaiting_identify' },
  frames: { since: now, used: 0 },
  presences: { since: now, used: 0 },
  heardAt: now,
})

/** What a connection does next: a pure function of its state, what came in, and the monotonic time in ms. */
export function step(state: ConnectionState, input: Input, now: number): Step {
  if (state.phase.name === 'gone') return { state }
  switch (input.kind) {
    case 'closed':
      return { state: { ...state, phase: { name: 'gone' } } }
    case 'opened':
      return { state: { ...state, phase: { name: 'ready' } } }
    case 'invalid_session':
      return { state: { ...state, phase: { name: 'awaiting_identify' } } }
    case 'tick': {
      const waiting = state.phase.name === 'awaiting_identify'
      const limit = waiting ? input.identifyTimeoutMs : input.heartbeatTimeoutMs
      if (now - state.heardAt > limit)
        return close(state, waiting ? CloseCode.SESSION_TIMED_OUT : CloseCode.UNKNOWN_ERROR)
      const { heldPresence: presence, ...rest } = state
      if (!presence || now - state.presences.since < PRESENCE_WINDOW_MS) return { state }
      return { state: { ...rest, presences: { since: now, used: 1 } }, effect: { do: 'presence', presence } }
    }
    case 'malformed':
    case 'frame': {
      const frames = spend(state.frames, now, WINDOW_MS)
      const counted = {
        ...state,
        frames,
        heardAt: state.phase.name === 'awaiting_identify' ? state.heardAt : now,
      }
      if (frames.used > FRAMES_PER_WINDOW) return close(counted, CloseCode.RATE_LIMITED)
      return input.kind === 'malformed' ? close(counted, input.code) : stepFrame(counted, input.frame, now)
    }
  }
}

function stepFrame(state: ConnectionState, frame: ClientFrame, now: number): Step {
  if (frame.kind === 'heartbeat') return { state, effect: { do: 'acknowledge', seq: frame.seq } }
  if (frame.kind === 'identify' || frame.kind === 'resume') {
    if (state.phase.name !== 'awaiting_identify') return close(state, CloseCode.ALREADY_AUTHENTICATED)
    const opening: ConnectionState = { ...state, phase: { name: 'opening' }, heardAt: now }
    return {
      state: opening,
      effect: frame.kind === 'identify' ? { do: 'identify', frame } : { do: 'resume', frame },
    }
  }
  if (state.phase.name === 'awaiting_identify') return close(state, CloseCode.NOT_AUTHENTICATED)
  switch (frame.kind) {
    case 'presence': {
      const presences = spend(state.presences, now, PRESENCE_WINDOW_MS)
      if (presences.used > PRESENCES_PER_WINDOW)
        return { state: { ...state, presences, heldPresence: frame.presence } }
      const { heldPresence: _, ...rest } = state
      return { state: { ...rest, presences }, effect: { do: 'presence', presence: frame.presence } }
    }
    case 'request_members':
      return { state, effect: { do: 'members', frame } }
    case 'ignored':
      return { state }
  }
}

const close = (state: ConnectionState, code: CloseCode): Step => ({
  state: { ...state, phase: { name: 'gone' } },
  effect: { do: 'close', code },
})

const spend = (budget: Budget, now: number, windowMs: number): Budget =>
  now - budget.since >= windowMs ? { since: now, used: 1 } : { since: budget.since, used: budget.used + 1 }
