import { type ConversationState, isOpenFor } from '#shared/domain/conversation/conversation-state.ts'
import { sightOf } from '#shared/domain/guild/access.ts'
import type { Member } from '#shared/domain/guild/entities.ts'
import type { GuildState } from '#shared/domain/guild/guild-state.ts'
import { firstIdAt } from '#shared/kernel/ids.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import { Intent } from '#shared/protocol/intents.ts'
import type { Identity } from '#shared/store/identity-store.ts'
import type { Dispatch } from '../fold/dispatch.ts'
import { ownsGuild, wants } from '../fold/session-view.ts'
import type { AnyRoom } from '../rooms/rooms.ts'
import { Frame, frameOf } from './frame.ts'
import type { GatewayCore } from './gateway-core.ts'
import { guildWithPresences } from './presence-frames.ts'
import { readyOfBot, readyOfPerson } from './ready.ts'
import { roomToSend } from './room-to-send.ts'
import type { Session } from './session.ts'
import type { Walk } from './walk.ts'

/** Rooms that are entered before what waits for the client is sent. */
const ROOMS_A_TURN = 100

/** The client has gone away, or the log has. */
export class Gone extends Error {}

interface Opening {
  readonly core: GatewayCore
  readonly identity: Identity
  readonly session: Session
  readonly walk: Walk
  /** Rooms that the session may be in. */
  readonly keys: readonly string[]
  readonly resumeUrl: string
  isGone(): boolean
}

/** READY at once, and each guild as soon as it is loaded. */
export async function enterOneByOne({ isGone, ...opening }: Opening): Promise<void> {
  const { core, identity, session, walk } = opening
  const { view } = session
  const guildIds = identity.guildIds.filter((id) => ownsGuild(view, id)).sort()
  session.count(frameOf(readyOfBot(opening, guildIds)))
  for (const [index, key] of opening.keys.entries()) {
    await inTurns(index)
    const room = await core.rooms.acquire(key)
    while (!walk.atHead && !isGone()) await step(walk)
    walk.expected.delete(key)
    const tellsGuild = room.kind.kind === 'guild' && wants(view, Intent.GUILDS)
    if (isGone() || !isIn(room, session)) {
      core.rooms.release(key)
      // Clients wait for every guild that READY has named.
      if (tellsGuild && guildIds.includes(room.id))
        session.count(new Frame('GUILD_DELETE', JSON.stringify({ id: room.id })))
      continue
    }
    walk.enter(key, room)
    if (tellsGuild) session.count(frameOf(guildWithPresences(core, session, room)))
    await roomToSend(core, session.outbound)
  }
}

/**
 * READY with all guilds, as they are at one position of the log. Each of them follows by itself as well: libraries
 * wait for that, whether it was complete or not.
 * @param early what came to the walk before
 */
export async function enterAtOnce(
  { isGone, ...opening }: Opening,
  early: readonly (readonly [Dispatch, LogEvent])[],
): Promise<void> {
  const { core, session, walk } = opening
  const { view } = session
  const rooms = new Map<string, AnyRoom>()
  const guilds: { create: Dispatch; self: Member }[] = []
  const conversations = []
  const since = new Map<string, string>()
  const targets: string[] = [view.userId]
  try {
    for (const [index, key] of opening.keys.entries()) {
      await inTurns(index)
      if (isGone()) throw new Gone()
      rooms.set(key, await core.rooms.acquire(key))
    }
    while (!walk.atHead) await step(walk)
    for (const [key, room] of rooms) {
      walk.expected.delete(key)
      if (!isIn(room, session)) continue
      walk.enter(key, room)
      rooms.delete(key)
      if (room.kind.kind === 'conversation') {
        const { conversation } = room.state as ConversationState
        if (conversation && isOpenFor({ conversation }, view.userId)) conversations.push(conversation)
        since.set(room.id, room.id)
        targets.push(room.id)
        continue
      }
      const state = room.state as GuildState
      const self = state.members.get(view.userId) as Member
      guilds.push({ create: guildWithPresences(core, session, room), self })
      const joined = firstIdAt(Date.parse(self.joined_at))
      const sees = sightOf(state, self)
      for (const channel of state.channels.values()) if (sees(channel)) since.set(channel.id, joined)
      targets.push(room.id, ...self.roles)
    }
  } finally {
    for (const key of rooms.keys()) core.rooms.release(key)
  }
  const places = { since, targets, conversationIds: conversations.map(({ id }) => id) }
  const personal = await core.personalState(view.userId, places, walk.position)
  const told = wants(view, Intent.GUILDS) ? guilds : null
  session.count(frameOf(readyOfPerson(opening, { guilds: told, conversations }, personal)))
  for (const [dispatch, event] of early) session.deliver(frameOf(dispatch), event)
  for (const { create } of told ?? []) {
    await roomToSend(core, session.outbound)
    session.count(frameOf(create))
  }
}

const isIn = (room: AnyRoom, { view }: Session): boolean =>
  room.kind.isMember(room.state, view.userId) && room.kind.serves(view, room.id)

async function step(walk: Walk): Promise<void> {
  if ((await walk.run()) === 'gone') throw new Gone()
}

async function inTurns(index: number): Promise<void> {
  if (index % ROOMS_A_TURN === ROOMS_A_TURN - 1) await new Promise((resolve) => setImmediate(resolve))
}
