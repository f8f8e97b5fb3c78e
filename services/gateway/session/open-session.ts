import { asSnowflake, type Position } from '#shared/kernel/ids.ts'
import { err, ok, type Result } from '#shared/kernel/result.ts'
import type { LogEvent } from '#shared/ports/event-log.ts'
import type { SessionRecord } from '#shared/ports/session-store.ts'
import { enabledIntents } from '#shared/protocol/application-flags.ts'
import { CloseCode } from '#shared/protocol/close-codes.ts'
import type { ClientFrame, IdentifyFrame } from '#shared/protocol/gateway-frame.ts'
import { KNOWN_INTENTS, PRIVILEGED_INTENTS } from '#shared/protocol/intents.ts'
import { hashToken } from '#shared/protocol/tokens.ts'
import { chosenPresence } from '#shared/protocol/wire/user-settings.ts'
import type { Identity } from '#shared/store/identity-store.ts'
import { type Dispatch, RULES_VERSION } from '../fold/dispatch.ts'
import { ownsConversations, ownsGuild, type SessionView } from '../fold/session-view.ts'
import { roomKey } from '../rooms/rooms.ts'
import { enterAtOnce, enterOneByOne, Gone } from './enter-rooms.ts'
import { Frame, frameOf } from './frame.ts'
import type { GatewayCore } from './gateway-core.ts'
import { goLive } from './go-live.ts'
import type { Outbound } from './outbound.ts'
import { roomToSend } from './room-to-send.ts'
import { Session } from './session.ts'
import { Walk } from './walk.ts'

/** How long a session waits for the tail to come to where it begins; then the client tries again, maybe elsewhere. */
const TAIL_MS = 10_000

/** Who has missed more begins anew [RES-6]. */
const MOST_MISSED = 4_000
/** Events since a session's record, whoever they are for: to look through more costs more than to begin anew. */
const MOST_PASSED = 500_000

/** 'closed': the client went away meanwhile, or has to come again. */
export type OpenRefusal = { readonly close: CloseCode } | 'invalid_session' | 'closed'

export interface Connection {
  readonly outbound: Outbound
  readonly host: string
  isGone(): boolean
  /** The session is live: from here on it ends with the connection. */
  took(session: Session): void
}

type Opened = Result<Session, OpenRefusal>

/** Identify: READY and the guilds, not older than the request, then the record from which RESUME continues [SES-3]. */
export async function identify(
  core: GatewayCore,
  connection: Connection,
  frame: IdentifyFrame,
): Promise<Opened> {
  const tokenHash = hashToken(frame.token)
  const revocations = core.revocations()
  if (!(await isReached(core, (await core.logBounds()).last))) return err('closed')
  const from = core.window.head
  const identity = await core.identify(tokenHash, from)
  if (!identity || !mayConnect(identity)) return err({ close: CloseCode.AUTHENTICATION_FAILED })
  const intents = frame.intents ?? KNOWN_INTENTS
  if (!mayHave(identity, intents)) return err({ close: CloseCode.DISALLOWED_INTENTS })
  if (connection.isGone()) return err('closed')

  const presence =
    frame.presence ?? (identity.user.bot ? undefined : chosenPresence(identity.settings, core.clock.now()))
  const record: SessionRecord = {
    session_id: core.newSessionId(),
    user_id: identity.user.id,
    application_id: identity.application?.id ?? null,
    intents,
    shard: frame.shard ?? null,
    large_threshold: frame.largeThreshold,
    rules: RULES_VERSION,
    platform: frame.platform,
    ...(presence && { presence }),
  }
  const view = viewOf(record, identity)
  const session = new Session({
    record,
    view,
    tokenHash: tokenHash.toString('hex'),
    outbound: connection.outbound,
    clock: core.clock,
    held: core.rooms,
    cursor: { s: 0, position: from },
    silentUntil: 0,
  })
  const early: (readonly [Dispatch, LogEvent])[] = []
  const walk = new Walk({
    view,
    from,
    rooms: core.rooms,
    window: core.window,
    emit: (dispatch, event) => {
      // Nothing comes before READY.
      if (session.s === 0) early.push([dispatch, event])
      else session.deliver(frameOf(dispatch), event)
    },
    room: () => roomToSend(core, connection.outbound),
  })
  const keys = [
    ...(ownsConversations(view) ? identity.conversationIds.map((id) => roomKey('conversation', id)) : []),
    ...guildKeysOf(identity, view),
  ]
  for (const key of keys) walk.expected.add(key)
  try {
    const opening = {
      core,
      identity,
      session,
      walk,
      keys,
      resumeUrl: core.resumeUrl(connection.host),
      isGone: () => connection.isGone(),
    }
    if (view.bot) await enterOneByOne(opening)
    else await enterAtOnce(opening, early)
    if (connection.isGone()) throw new Gone()
    await core.records.create(record, { s: session.s, position: walk.position })
    while (!walk.atHead) if ((await walk.run()) === 'gone') throw new Gone()
    if (connection.isGone()) {
      await core.records.remove(record.session_id)
      throw new Gone()
    }
  } catch (error) {
    walk.end()
    if (error instanceof Gone) return err('closed')
    throw error
  }
  goLive(core, session, walk)
  core.sessions.add(session)
  connection.took(session)
  return stillValid(core, session, revocations)
}

/** RESUME: counts again from the record's cursor, and sends what the client has not seen [RES-1]. */
export async function resume(
  core: GatewayCore,
  connection: Connection,
  frame: Extract<ClientFrame, { kind: 'resume' }>,
): Promise<Opened> {
  const tokenHash = hashToken(frame.token)
  const revocations = core.revocations()
  const kept = await core.records.read(frame.sessionId)
  const identity = await core.identify(tokenHash, kept?.cursor.position ?? core.window.head)
  if (!identity || !mayConnect(identity)) return err({ close: CloseCode.AUTHENTICATION_FAILED })
  if (!kept || kept.record.user_id !== identity.user.id || kept.record.rules !== RULES_VERSION) {
    return err('invalid_session')
  }
  const { record, cursor } = kept
  if (!mayHave(identity, record.intents)) return err({ close: CloseCode.DISALLOWED_INTENTS })
  if (frame.seq < cursor.s) return err('invalid_session')
  // After the identity was read: what it is made of stays as long as the log goes back to the cursor.
  const { first, last } = await core.logBounds()
  if (cursor.position < first - 1 || cursor.position > last) return err('invalid_session')
  if (last - cursor.position > MOST_PASSED) return err('invalid_session')
  if (!(await isReached(core, cursor.position))) return err('closed')
  const view = viewOf(record, identity)
  const session = new Session({
    record,
    view,
    tokenHash: tokenHash.toString('hex'),
    outbound: connection.outbound,
    clock: core.clock,
    held: core.rooms,
    cursor,
    silentUntil: frame.seq,
  })
  const walk = new Walk({
    view,
    from: cursor.position,
    rooms: core.rooms,
    window: core.window,
    emit: (dispatch, event) => {
      if (session.s - frame.seq < MOST_MISSED) session.deliver(frameOf(dispatch), event)
      else walk.stop()
    },
    room: () => roomToSend(core, connection.outbound),
    isGone: () => connection.isGone(),
  })
  const keys = [
    ...guildKeysOf(identity, view),
    ...[...identity.conversationIds, ...identity.formerConversationIds].map((id) =>
      roomKey('conversation', id),
    ),
  ]
  let state = await walk.begin(keys)
  while (state === 'ready' && !walk.atHead) if ((await walk.run()) === 'gone') state = 'gone'
  // Another gateway may have sent it more than this one's tail has come to.
  while (state === 'ready' && session.s < frame.seq && core.window.head < last) {
    if (!(await isReached(core, last))) {
      walk.end()
      return err('closed')
    }
    while (state === 'ready' && !walk.atHead) if ((await walk.run()) === 'gone') state = 'gone'
  }
  if (connection.isGone()) {
    walk.end()
    return err('closed')
  }
  if (state === 'gone' || session.s < frame.seq) {
    walk.end()
    return err('invalid_session')
  }
  core.bus.publish('session_taken', { session_id: record.session_id, node: core.node })
  core.sessions.get(record.session_id)?.outbound.drop()
  goLive(core, session, walk)
  core.sessions.add(session)
  connection.took(session)
  session.tell(new Frame('RESUMED', '{"_trace":[]}'))
  return stillValid(core, session, revocations)
}

/** Who revoked the token while its session was being opened did not find a session to end. */
async function stillValid(core: GatewayCore, session: Session, revocations: number): Promise<Opened> {
  if (core.revocations() === revocations) return ok(session)
  const identity = await core.identify(Buffer.from(session.tokenHash, 'hex'), core.window.head)
  return identity ? ok(session) : err({ close: CloseCode.AUTHENTICATION_FAILED })
}

/** Other processes may be ahead of this one. */
async function isReached({ clock, reached, window }: GatewayCore, position: Position): Promise<boolean> {
  if (window.head >= position) return true
  const waiting = new AbortController()
  await Promise.race([reached(position), clock.sleep(TAIL_MS, waiting.signal)])
  waiting.abort()
  return window.head >= position
}

const guildKeysOf = (identity: Identity, view: SessionView): string[] =>
  [...identity.guildIds, ...identity.formerGuildIds]
    .filter((id) => ownsGuild(view, id))
    .map((id) => roomKey('guild', id))

/** People must have confirmed their address where that is asked for; bots always may. */
const mayConnect = ({ user }: Identity): boolean => user.bot || user.verified

/** Privileged intents must be switched on for the application; they may have been switched off since the Identify. */
const mayHave = ({ application }: Identity, intents: number): boolean =>
  !application || (intents & PRIVILEGED_INTENTS & ~enabledIntents(application.flags)) === 0

const viewOf = (record: SessionRecord, identity: Identity): SessionView => ({
  userId: asSnowflake(record.user_id),
  intents: record.intents,
  bot: identity.user.bot,
  shard: record.shard,
  largeThreshold: record.large_threshold,
})
