import { RelationshipType } from '#shared/domain/user/relationship.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import { Intent } from '#shared/protocol/intents.ts'
import { ownsConversations, type SessionView, wants } from '../fold/session-view.ts'
import type { GatewayCore } from './gateway-core.ts'
import { presenceFrame } from './presence-frames.ts'
import type { Session } from './session.ts'

export const hearsOfFriends = (view: SessionView): boolean =>
  !view.bot && ownsConversations(view) && wants(view, Intent.GUILD_PRESENCES)

/**
 * Once a session is live: how each friend is, for it may have changed since READY or while the client was away. What
 * the log said meanwhile is newer than what is read.
 */
export async function meetFriends(core: GatewayCore, session: Session): Promise<void> {
  if (!hearsOfFriends(session.view)) return
  const ids = await core.friendsOf(session.view.userId)
  for (const id of ids) if (!session.friends?.has(id)) befriend(core, session, id)
}

/** Its user's relationships change while a session is live, or a friend does: libraries take names from presences. */
export function followFriends(core: GatewayCore, session: Session, { type, d }: LogEvent): void {
  if ((type !== 'RELATIONSHIP_ADD' && type !== 'RELATIONSHIP_REMOVE') || !hearsOfFriends(session.view)) return
  const relationship = JSON.parse(d) as { readonly id: string; readonly type: number; readonly user: object }
  if (type === 'RELATIONSHIP_ADD' && relationship.type === RelationshipType.FRIEND)
    befriend(core, session, relationship.id, relationship.user)
  else core.friends.set(session, relationship.id, false)
}

function befriend(
  { friends, presences }: GatewayCore,
  session: Session,
  userId: string,
  user?: object,
): void {
  if (session.closed) return
  friends.set(session, userId, true)
  session.tell(presenceFrame(presences.shown(userId), undefined, user))
}
