import { asPosition } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import { frameOf } from './frame.ts'
import type { GatewayCore } from './gateway-core.ts'
import type { Session } from './session.ts'
import { Walk } from './walk.ts'

/** At the head of the log, in the same turn: from here the rooms tell the session what happens. */
export function goLive({ rooms }: GatewayCore, session: Session, walk: Walk): void {
  for (const [key, { room, state }] of walk.places) {
    if (rooms.loaded(key) === room && room.state.version === state.version) continue
    walk.end()
    throw new Error(
      `${key}: the walk arrived at version ${state.version}, the room is at ${room.state.version} or built anew`,
    )
  }
  for (const [key, { room }] of walk.places) {
    room.attach(session)
    session.rooms.set(key, room)
  }
  session.live = true
}

/** Off the live path: the rooms forget the session, which stays held by the walk that takes over. */
export function leaveRooms(session: Session): string[] {
  const keys = [...session.rooms.keys()]
  for (const room of session.rooms.values()) room.detach(session)
  session.rooms.clear()
  session.live = false
  return keys
}

/** The session is over on this gateway. */
export function letGo(core: GatewayCore, session: Session): void {
  session.closed = true
  for (const key of leaveRooms(session)) core.rooms.release(key)
  core.sessions.remove(session)
}

/**
 * A live session came into a room that is not loaded here: it walks on from just before that event, while the
 * others go on, and is live again once it has caught up.
 */
export async function fallBehind(core: GatewayCore, session: Session, event: LogEvent): Promise<void> {
  const states = [...session.rooms].map(([key, room]) => ({ key, room, state: room.state }))
  leaveRooms(session)
  const walk = new Walk({
    view: session.view,
    from: asPosition(event.position - 1),
    rooms: core.rooms,
    window: core.window,
    emit: (dispatch, cause) => session.deliver(frameOf(dispatch), cause),
  })
  for (const { key, room, state } of states) walk.places.set(key, { room, state })
  // The tail is still at this event: let it finish before the walk reads on.
  await Promise.resolve()
  try {
    while (!walk.atHead)
      if ((await walk.run()) === 'gone') throw new Error(`position ${walk.position} has left the log`)
    if (session.closed) walk.end()
    else goLive(core, session, walk)
  } catch (error) {
    walk.end()
    throw error
  }
}
