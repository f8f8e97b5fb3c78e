import { ownSessionObject } from '#shared/protocol/wire/own-session.ts'
import { Frame } from './frame.ts'
import type { GatewayCore } from './gateway-core.ts'

/** A person's sessions here are told which sessions he has now, anywhere. */
export function tellOwnSessions(
  { presences, sessions }: Pick<GatewayCore, 'presences' | 'sessions'>,
  userId: string,
): void {
  const here = sessions.ofUser(userId)
  if (here.size === 0) return
  const all = presences.sessionsOf(userId).map(ownSessionObject)
  const frame = new Frame('SESSIONS_REPLACE', JSON.stringify(all))
  for (const session of here) session.tell(frame)
}
