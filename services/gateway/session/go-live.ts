import { asPosition } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import { frameOf } from './frame.ts'
import type { GatewayCore } from './gateway-core.ts'
import { tellPresences } from './presence-frames.ts'
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

/** The session is over on this gateway. */
export function letGo(core: GatewayCore, session: Session): void {
  session.closed = true
  for (const [key, room] of session.rooms) {
    room.detach(session)
    core.rooms.release(key)
  }
  session.rooms.clear()
  session.live = false
  core.sessions.remove(session)
  core.friends.drop(session)
}

/**
 * A live session came into a room that is not loaded here: it walks on from just before that event, while the
 * others go on, and is live again once it has caught up. Its rooms are held by the walk meanwhile, and tell it
 * what is not in the log.
 */
export async function fallBehind(core: GatewayCore, session: Session, event: LogEvent): Promise<void> {
  const states = [...session.rooms].map(([key, room]) => ({ key, room, state: room.state }))
  session.rooms.clear()
  session.live = false
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
    if (session.closed) return walk.end()
    goLive(core, session, walk)
    for (const [key, room] of session.rooms)
      if (!states.some((known) => known.key === key)) tellPresences(core, session, room)
  } catch (error) {
    walk.end()
    throw error
  } finally {
    if (!session.live) for (const { room } of states) room.detach(session)
  }
}
