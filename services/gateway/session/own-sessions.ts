import { ownSessionObject } from '#shared/protocol/wire/own-session.ts'
import { Frame } from './frame.ts'
import type { GatewayCore } from './gateway-core.ts'

/** Changes gather for so long: when many of a person's sessions come back at once, each would be told of each. */
const GATHER_MS = 500

type Core = Pick<GatewayCore, 'clock' | 'presences' | 'sessions'>

/**
 * @param core read when somebody is told
 * @returns call it when a person's sessions have changed: those here are then told which he has, anywhere
 */
export function ownSessionsTeller(core: () => Core): (userId: string) => void {
  const changed = new Set<string>()
  const tellAll = () => {
    for (const userId of changed) tell(core(), userId)
    changed.clear()
  }
  return (userId) => {
    if (changed.size === 0) core().clock.after(GATHER_MS, tellAll)
    changed.add(userId)
  }
}

function tell({ presences, sessions }: Core, userId: string): void {
  const here = sessions.ofUser(userId)
  if (here.size === 0) return
  const all = presences.sessionsOf(userId).map(ownSessionObject)
  const frame = new Frame('SESSIONS_REPLACE', JSON.stringify(all))
  for (const session of here) session.tell(frame)
}
