import { randomBytes } from 'node:crypto'
import type { Clock } from '#shared/kernel/clock.ts'
import { systemClock } from '#shared/kernel/clock.ts'
import type { Liveness } from '#shared/platform/liveness.ts'
import type { Logger } from '#shared/platform/logger.ts'
import type { Metrics } from '#shared/platform/metrics.ts'
import { PresenceActor } from '#shared/platform/presence-actor.ts'
import type { Bus } from '#shared/ports/bus.ts'
import type { EventLog } from '#shared/ports/event-log.ts'
import type { SessionStore } from '#shared/ports/session-store.ts'
import type { SocketServer, SocketServerOptions } from '#shared/ports/socket-server.ts'
import { CloseCode } from '#shared/protocol/close-codes.ts'
import { Intent } from '#shared/protocol/intents.ts'
import type { Database } from '#shared/store/database.ts'
import { goodTokens, readIdentity } from '#shared/store/identity-store.ts'
import { readFriendIds } from '#shared/store/relationships.ts'
import { wants } from './fold/session-view.ts'
import { conversationKind } from './rooms/conversation-kind.ts'
import { guildKind } from './rooms/guild-kind.ts'
import { LogWindow } from './rooms/log-window.ts'
import { Rooms, roomKey } from './rooms/rooms.ts'
import { GatewayConnection } from './session/connection.ts'
import { Frame } from './session/frame.ts'
import { Friends } from './session/friends.ts'
import type { GatewayCore } from './session/gateway-core.ts'
import { fallBehind } from './session/go-live.ts'
import { followFriends } from './session/meet-friends.ts'
import { Flusher } from './session/outbound.ts'
import { ownSessionsTeller } from './session/own-sessions.ts'
import { personalStateAt } from './session/personal-state.ts'
import { presenceFrame, tellChangedUser, tellPresences } from './session/presence-frames.ts'
import { RecordMoves } from './session/record-moves.ts'
import { SessionIndex } from './session/session-index.ts'
import { Tail } from './tail.ts'

const TICK_MS = 5_000
const RECHECK_MS = 1_000
const VERSIONS = new Set([null, '9', '10'])

export interface GatewayService {
  readonly port: number
  readonly description: string
  readonly presences: Pick<PresenceActor, 'online'>
  stop(): Promise<void>
}

interface Options {
  readonly host: string
  readonly port: number
  /** What clients are to be told instead of the address they used. */
  readonly publicUrl: string | null
  readonly heartbeatIntervalMs: number
  /** Of events of the log that are kept in memory; without, the usual. */
  readonly mostWindowBytes?: number
  readonly database: Database
  readonly log: EventLog
  readonly bus: Bus
  readonly records: SessionStore
  /** Of the gateways, where there may be several; takes the name of this one. */
  readonly liveness?: (node: string) => Liveness
  readonly listen: (options: SocketServerOptions) => Promise<SocketServer>
  readonly logger: Logger
  readonly metrics: Metrics
  readonly clock?: Clock
}

/** The gateway: WebSocket sessions on the tail of the log. */
export async function startGateway(options: Options): Promise<GatewayService> {
  const { log, bus, logger, records, database, clock = systemClock } = options
  const node = randomBytes(6).toString('hex')
  const stopping = new AbortController()
  const connections = new Set<GatewayConnection>()
  let revocations = 0
  const window = new LogWindow(log, options.mostWindowBytes)
  const sessions = new SessionIndex()
  const rooms: Rooms = new Rooms({
    log,
    database,
    window,
    kinds: [guildKind(database.db), conversationKind(database.db)],
    reached: (position) => tail.reached(position),
  })
  const friends = new Friends()
  const core: GatewayCore = {
    node,
    clock,
    logger,
    bus,
    window,
    rooms,
    sessions,
    records,
    recordMoves: new RecordMoves({
      store: records,
      clock,
      failed: (error) => logger.warn({ err: error }, 'records did not move'),
    }),
    presences: new PresenceActor({
      bus,
      node,
      changed: (presence) => {
        const alone = presenceFrame(presence)
        for (const session of friends.of(presence.user_id)) session.tell(alone)
        for (const room of rooms.all()) {
          if (
            room.kind.kind !== 'guild' ||
            room.listeners.size === 0 ||
            !room.state.members.has(presence.user_id)
          )
            continue
          const frame = presenceFrame(presence, room.id)
          for (const listener of room.listeners) {
            if (wants(listener.view, Intent.GUILD_PRESENCES)) listener.tell(frame)
          }
        }
      },
      sessionsChanged: ownSessionsTeller(() => core),
    }),
    friends,
    flusher: new Flusher(),
    heartbeatIntervalMs: options.heartbeatIntervalMs,
    resumeUrl: (host) => options.publicUrl ?? `ws://${host}`,
    revocations: () => revocations,
    reached: (position) => tail.reached(position),
    logBounds: () => log.bounds(),
    identify: (tokenHash, head) => readIdentity(database.pool, tokenHash, head),
    personalState: (userId, places, asOf) => personalStateAt({ database, clock }, userId, places, asOf),
    friendsOf: (userId) => readFriendIds(database.db, userId),
    newSessionId: () => randomBytes(16).toString('hex'),
  }
  const liveness = options.liveness?.(node)
  liveness?.watch(core.presences)
  liveness?.join()
  const tail = new Tail({
    log,
    window,
    rooms,
    sessions,
    clock,
    logger,
    fallBehind: (session, event) => {
      fallBehind(core, session, event).catch((error) => {
        logger.error({ err: error }, 'a session could not catch up; its client resumes')
        session.outbound.drop()
      })
    },
    applied: (room, event, before) => tellChangedUser(core, room, event, before),
    ofUser: (session, event) => followFriends(core, session, event),
    entered: (session, room) => tellPresences(core, session, room),
  })
  window.startAt((await log.bounds()).last)
  const tailing = tail.run(stopping.signal)

  /** Ends the sessions whose tokens were revoked while this process could not hear of it. */
  const endRevoked = async () => {
    // Who is identifying just now looks once more.
    revocations++
    while (!stopping.signal.aborted) {
      try {
        const live = [...connections].filter(({ session }) => session)
        const hashes = live.map(({ session }) => session?.tokenHash as string)
        const good = await goodTokens(database.db, hashes)
        live.forEach((connection, index) => {
          if (!good.has(hashes[index] as string)) connection.revoke()
        })
        return
      } catch (error) {
        logger.warn({ err: error }, 'tokens could not be checked; they are again')
        await clock.sleep(RECHECK_MS, stopping.signal)
      }
    }
  }
  const subscriptions = [
    bus.subscribe('typing', (message) => {
      const room = rooms.loaded(
        message.guild_id ? roomKey('guild', message.guild_id) : roomKey('conversation', message.channel_id),
      )
      if (!room) return
      const frame = new Frame('TYPING_START', message.d)
      for (const listener of room.audience(message.channel_id, room.kind.intentFor('TYPING_START'))) {
        if (listener.view.userId !== message.user_id || listener.view.bot) listener.tell(frame)
      }
    }),
    bus.subscribe('session_taken', (message) => {
      if (message.node !== node) sessions.get(message.session_id)?.outbound.drop()
    }),
    bus.onGap(() => void endRevoked()),
    bus.subscribe('token_revoked', ({ user_id, hash }) => {
      revocations++
      for (const connection of connections) {
        const { session } = connection
        if (session?.view.userId === user_id && (hash === null || session.tokenHash === hash))
          connection.revoke()
      }
      if (hash === null)
        void records.removeOfUser(user_id).catch((error) => {
          logger.warn({ err: error }, 'session records could not be removed; they end with the resume window')
        })
    }),
  ]

  const server = await options.listen({
    host: options.host,
    port: options.port,
    paths: ['/', '/gateway', '/gateway/'],
    // Larger frames are cut off by the transport; up to here the client is told 4002.
    maxFrameBytes: 64 * 1024,
    connect: (socket, upgrade) => {
      const connection = new GatewayConnection(core, socket, upgrade)
      if (!VERSIONS.has(upgrade.query.get('v')))
        socket.close(CloseCode.INVALID_API_VERSION, 'unknown version')
      else if ((upgrade.query.get('encoding') ?? 'json') !== 'json')
        socket.close(CloseCode.DECODE_ERROR, 'only json is spoken here')
      connections.add(connection)
      return {
        message: (data, binary) => connection.message(data, binary),
        drained: () => connection.drained(),
        closed: (code) => {
          connections.delete(connection)
          connection.closed(code)
        },
      }
    },
  })
  options.metrics.gauge('guildhall_gateway_connections', 'Open WebSocket connections', () => connections.size)
  options.metrics.gauge('guildhall_gateway_sessions', 'Sessions that are identified', () => sessions.size)
  options.metrics.gauge(
    'guildhall_gateway_rooms',
    'Guilds and conversations that are loaded',
    () => rooms.size,
  )
  options.metrics.gauge('guildhall_gateway_log_position', 'Last position fanned out', () => window.head)

  let cancelTick = () => {}
  const tick = () => {
    for (const connection of connections) connection.tick()
    cancelTick = clock.after(TICK_MS, tick)
  }
  tick()

  return {
    port: server.port,
    description: server.description,
    presences: core.presences,
    async stop() {
      cancelTick()
      for (const unsubscribe of subscriptions) unsubscribe()
      for (const connection of connections) connection.reconnect()
      for (const connection of [...connections]) connection.shutDown()
      await core.recordMoves.flush()
      await server.close()
      liveness?.leave()
      core.presences.close()
      stopping.abort()
      await tailing
    },
  }
}
