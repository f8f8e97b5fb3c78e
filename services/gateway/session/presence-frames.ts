import type { GuildState } from '#shared/domain/guild/guild-state.ts'
import type { Presence } from '#shared/platform/presence-actor.ts'
import { Intent } from '#shared/protocol/intents.ts'
import { wants } from '../fold/session-view.ts'
import type { Room } from '../rooms/room.ts'
import { Frame } from './frame.ts'
import type { GatewayCore } from './gateway-core.ts'
import type { Session } from './session.ts'

/** Larger guilds' presences come as they change, not all at once. */
const MEMBERS_SHOWN = 1_000

export const presenceObject = ({ user_id, ...presence }: Presence) => ({ user: { id: user_id }, ...presence })

/** Of a member of a guild; without one, of a friend. */
export const presenceFrame = (presence: Presence, guildId?: string): Frame =>
  new Frame('PRESENCE_UPDATE', JSON.stringify({ ...presenceObject(presence), guild_id: guildId }))

/** Who is there right now, for a session that has just come into a room. */
export function tellPresences({ presences }: GatewayCore, session: Session, room: Room): void {
  if (room.kind.kind !== 'guild' || !wants(session.view, Intent.GUILD_PRESENCES)) return
  const { members } = room.state as unknown as GuildState
  if (members.size > MEMBERS_SHOWN) return
  for (const userId of members.keys()) {
    const presence = presences.get(userId)
    if (presence) session.tell(presenceFrame(presence, room.id))
  }
}
