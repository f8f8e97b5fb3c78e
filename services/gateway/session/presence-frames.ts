import type { GuildState } from '#shared/domain/guild/guild-state.ts'
import type { User } from '#shared/domain/user/user.ts'
import type { Presence } from '#shared/platform/presence-actor.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import { Intent } from '#shared/protocol/intents.ts'
import { userObject } from '#shared/protocol/wire/user.ts'
import type { Dispatch } from '../fold/dispatch.ts'
import { withPresences } from '../fold/guild-create.ts'
import { wants } from '../fold/session-view.ts'
import type { Room } from '../rooms/room.ts'
import type { AnyRoom } from '../rooms/rooms.ts'
import { Frame } from './frame.ts'
import type { GatewayCore } from './gateway-core.ts'
import type { Session } from './session.ts'

/** Larger guilds' presences come as they change, not all at once. */
const MEMBERS_SHOWN = 1_000

const SHOWN = ['username', 'global_name', 'avatar'] as const satisfies readonly (keyof User)[]

/** @param user as the wire has him, if it is he who has changed: else only the id */
export const presenceObject = ({ user_id, ...presence }: Presence, user: object = { id: user_id }) => ({
  user,
  ...presence,
})

/** Of a member of a guild; without one, of a friend. */
export const presenceFrame = (presence: Presence, guildId?: string, user?: object): Frame =>
  new Frame('PRESENCE_UPDATE', JSON.stringify({ ...presenceObject(presence, user), guild_id: guildId }))

/** Whoever is there has another name or picture by an event of the room: libraries take that from presences. */
export function tellChangedUser(
  { presences }: Pick<GatewayCore, 'presences'>,
  room: Room,
  { type, facts }: LogEvent,
  before: unknown,
): void {
  if (type !== 'GUILD_MEMBER_UPDATE' || !facts.user_id || room.listeners.size === 0) return
  const was = (before as GuildState).members.get(facts.user_id)?.user
  const is = (room.state as unknown as GuildState).members.get(facts.user_id)?.user
  const presence = presences.get(facts.user_id)
  if (!was || !is || !presence || SHOWN.every((field) => was[field] === is[field])) return
  const frame = presenceFrame(presence, room.id, userObject(is))
  for (const listener of room.listeners)
    if (wants(listener.view, Intent.GUILD_PRESENCES)) listener.tell(frame)
}

/**
 * GUILD_CREATE while connecting: libraries are ready with the last one, and know by then who is there. Whoever is comes with
 * his membership, which a large guild's has of nobody else.
 */
export function guildWithPresences({ presences }: GatewayCore, session: Session, room: AnyRoom): Dispatch {
  const create = room.kind.enter(session.view, room.state)
  const { members } = room.state as GuildState
  const { largeThreshold, userId } = session.view
  if (members.size > MEMBERS_SHOWN || !wants(session.view, Intent.GUILD_PRESENCES)) return create
  const there = [...members.keys()].flatMap((id) => presences.get(id) ?? [])
  const missing = members.size > largeThreshold ? there.filter(({ user_id }) => user_id !== userId) : []
  session.shownAsThere ??= new Set()
  for (const { user_id } of there) session.shownAsThere.add(user_id)
  return withPresences(
    create,
    there.map((presence) => presenceObject(presence)),
    missing.flatMap(({ user_id }) => members.get(user_id) ?? []),
  )
}

/** Who is there right now, for a session that has just come into a room; and who has gone since he was shown. */
export function tellPresences({ presences }: GatewayCore, session: Session, room: Room): void {
  if (room.kind.kind !== 'guild' || !wants(session.view, Intent.GUILD_PRESENCES)) return
  const { members } = room.state as unknown as GuildState
  if (members.size > MEMBERS_SHOWN) return
  for (const userId of members.keys()) {
    const presence = session.shownAsThere?.has(userId) ? presences.shown(userId) : presences.get(userId)
    if (presence) session.tell(presenceFrame(presence, room.id))
  }
}
