import { ownSessionObject } from '#shared/protocol/wire/own-session.ts'
import { Frame } from './frame.ts'
import type { GatewayCore } from './gateway-core.ts'

/** So long who was just told is not told again: of many that come back at once, each would be told of each. */
const PAUSE_MS = 500

type Core = Pick<GatewayCore, 'clock' | 'presences' | 'sessions'>

/**
 * @param core read when somebody is told
 * @returns call it when a person's sessions have changed: those here are then told which he has, anywhere
 */
export function ownSessionsTeller(core: () => Core): (userId: string) => void {
  /** Who was just told → whether they have changed since. */
  const told = new Map<string, boolean>()
  return function tell(userId) {
    if (told.has(userId)) return void told.set(userId, true)
    told.set(userId, false)
    tellSessions(core(), userId)
    core().clock.after(PAUSE_MS, () => {
      const hasChanged = told.get(userId)
      told.delete(userId)
      if (hasChanged) tell(userId)
    })
  }
}

function tellSessions({ presences, sessions }: Core, userId: string): void {
  const here = sessions.ofUser(userId)
  if (here.size === 0) return
  const all = presences.sessionsOf(userId).map(ownSessionObject)
  const frame = new Frame('SESSIONS_REPLACE', JSON.stringify(all))
  for (const session of here) session.tell(frame)
}
