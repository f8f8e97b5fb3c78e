import { Mailbox } from '#shared/actors/mailbox.ts'
import type { Socket, SocketHandlers, Upgrade } from '#shared/ports/socket-server.ts'
import { CloseCode, endsSession, isResumable } from '#shared/protocol/close-codes.ts'
import { parseFrame } from '#shared/protocol/gateway-frame.ts'
import { Opcode } from '#shared/protocol/opcodes.ts'
import { ONLINE, type PresenceUpdate } from '#shared/protocol/presence-update.ts'
import type { GatewayCore } from './gateway-core.ts'
import { letGo } from './go-live.ts'
import { meetFriends } from './meet-friends.ts'
import { memberChunks } from './member-chunks.ts'
import { identify, type OpenRefusal, resume } from './open-session.ts'
import { type Compression, Outbound } from './outbound.ts'
import { tellPresences } from './presence-frames.ts'
import { roomToSend } from './room-to-send.ts'
import type { Session } from './session.ts'
import { type ConnectionState, type Effect, type Input, newConnection, step } from './session-state.ts'

const IDENTIFY_TIMEOUT_MS = 10_000
/** What may wait while something takes its time: all that a client may send in a minute. */
const MOST_WAITING = 128
const TOLERANCE = 1.25

/** What it is up to the client, or to a store, how long it takes. */
type Work = Exclude<Effect, { do: 'acknowledge' | 'close' }>

/**
 * The actor of one client connection: the shell around `step`. Each input is stepped as it comes, so that time and
 * heartbeats count while work is under way; work is done one after another. A heartbeat is answered when what was
 * asked before is done, or when it is the client that this waits for: it would take silence for our end.
 */
export class GatewayConnection implements SocketHandlers {
  readonly #core: GatewayCore
  readonly #outbound: Outbound
  readonly #host: string
  readonly #work: Mailbox<Work>
  /** Of work, what is not done. */
  #undone = 0
  /** Heartbeats that are not answered yet. */
  #unanswered = 0
  #state: ConnectionState
  #session: Session | undefined

  constructor(core: GatewayCore, socket: Socket, upgrade: Upgrade) {
    this.#core = core
    this.#outbound = new Outbound(socket, compressionOf(upgrade), core.flusher)
    this.#host = upgrade.host
    this.#state = newConnection(core.clock.monotonic())
    this.#work = new Mailbox({
      capacity: MOST_WAITING,
      handle: async (work) => {
        await this.#do(work)
        this.#undone--
        this.#answer()
      },
      failed: (error) => {
        core.logger.error({ err: error }, 'a session failed; its client resumes')
        this.#end(CloseCode.UNKNOWN_ERROR)
      },
    })
    this.#outbound.control({
      op: Opcode.HELLO,
      d: { heartbeat_interval: core.heartbeatIntervalMs },
      s: null,
      t: null,
    })
  }

  get session(): Session | undefined {
    return this.#session
  }

  message(data: ArrayBuffer, binary: boolean): void {
    const frame = binary ? undefined : parseFrame(Buffer.from(data).toString())
    if (frame?.ok) this.#step({ kind: 'frame', frame: frame.value })
    else this.#step({ kind: 'malformed', code: frame ? frame.error : CloseCode.DECODE_ERROR })
  }

  drained(): void {
    this.#outbound.flush()
  }

  /** The socket is gone. Only 1000 and 1001 end the session: every other end is one that the client resumes from. */
  closed(code: number): void {
    this.#outbound.abandon()
    if (this.#session && endsSession(code)) void this.#forget(this.#session)
    this.#release()
  }

  /** Called every few seconds: closes what has been silent for too long. */
  tick(): void {
    this.#answer()
    this.#step({
      kind: 'tick',
      heartbeatTimeoutMs: this.#core.heartbeatIntervalMs * TOLERANCE,
      identifyTimeoutMs: IDENTIFY_TIMEOUT_MS,
    })
  }

  /** Asks the client to go elsewhere: it resumes there. */
  reconnect(): void {
    this.#outbound.control({ op: Opcode.RECONNECT, d: null, s: null, t: null })
    this.#outbound.flush()
  }

  /** Closes with a code that clients resume from. */
  shutDown(): void {
    this.#outbound.close(1012, 'restart')
    this.#release()
  }

  /** The token was revoked: the session is over. */
  revoke(): void {
    if (this.#session) void this.#forget(this.#session)
    this.#end(CloseCode.AUTHENTICATION_FAILED)
  }

  #step(input: Input): void {
    const { state, effect } = step(this.#state, input, this.#core.clock.monotonic())
    this.#state = state
    if (!effect) return
    if (effect.do === 'close') return this.#end(effect.code)
    if (effect.do === 'acknowledge') return this.#acknowledge(effect.seq)
    this.#undone++
    if (!this.#work.push(effect)) this.#end(CloseCode.RATE_LIMITED)
  }

  async #do(work: Work): Promise<void> {
    switch (work.do) {
      case 'identify':
        return this.#opened(await identify(this.#core, this.#asConnection(), work.frame))
      case 'resume':
        return this.#opened(await resume(this.#core, this.#asConnection(), work.frame))
      case 'presence':
        return this.#present(work.presence)
      case 'members':
        if (!this.#session) return
        for (const frame of memberChunks(this.#core, this.#session, work.frame)) {
          this.#session.tell(frame)
          await roomToSend(this.#core, this.#outbound)
        }
        return
    }
  }

  async #opened(opened: Awaited<ReturnType<typeof identify>>): Promise<void> {
    if (!opened.ok) return this.#refuse(opened.error)
    if (this.#isGone()) return
    this.#step({ kind: 'opened' })
    const { record } = opened.value
    this.#says(opened.value, record.presence ?? ONLINE)
    for (const room of [...opened.value.rooms.values()]) {
      if (room.kind.isMember(room.state, opened.value.view.userId))
        tellPresences(this.#core, opened.value, room)
      await roomToSend(this.#core, this.#outbound)
      if (this.#isGone()) return
    }
    opened.value.shownAsThere = undefined
    await meetFriends(this.#core, opened.value)
  }

  /** Told at once, and kept for whatever gateway the session is resumed on. */
  async #present(presence: PresenceUpdate): Promise<void> {
    const session = this.#session
    if (!session) return
    this.#says(session, presence)
    await this.#core.records.keepPresence(session.record.session_id, presence).catch((error) => {
      this.#core.logger.warn({ err: error }, 'a presence could not be kept; a RESUME has the one before')
    })
  }

  #says({ view, record }: Session, presence: PresenceUpdate): void {
    const { platform = 'web', session_id } = record
    this.#core.presences.set(view.userId, this, {
      ...presence,
      platform,
      session_id: view.bot ? undefined : session_id,
    })
  }

  #refuse(refusal: OpenRefusal): void {
    if (refusal === 'closed') return this.#end(CloseCode.UNKNOWN_ERROR)
    if (refusal !== 'invalid_session') return this.#end(refusal.close)
    this.#outbound.control({ op: Opcode.INVALID_SESSION, d: false, s: null, t: null })
    this.#step({ kind: 'invalid_session' })
  }

  #answer(): void {
    if (this.#undone > 0 && !this.#outbound.isWaitedFor) return
    for (; this.#unanswered > 0; this.#unanswered--) this.#outbound.control({ op: Opcode.HEARTBEAT_ACK })
  }

  #acknowledge(seq: number | null): void {
    this.#unanswered++
    this.#answer()
    if (seq === null) return
    const session = this.#session
    const cursor = session?.acknowledged(seq, this.#core.window.head)
    if (session && cursor) this.#core.recordMoves.add(session.record.session_id, cursor)
  }

  #asConnection() {
    return {
      outbound: this.#outbound,
      host: this.#host,
      isGone: () => this.#isGone(),
      took: (session: Session) => {
        this.#session = session
      },
    }
  }

  #isGone(): boolean {
    return this.#state.phase.name === 'gone'
  }

  #end(code: CloseCode): void {
    if (this.#session && !isResumable(code)) void this.#forget(this.#session)
    this.#outbound.close(code, '')
    this.#release()
  }

  async #forget(session: Session): Promise<void> {
    await this.#core.records.remove(session.record.session_id).catch((error) => {
      this.#core.logger.warn(
        { err: error },
        'a session record could not be removed; it ends with the resume window',
      )
    })
  }

  #release(): void {
    this.#state = step(this.#state, { kind: 'closed' }, 0).state
    this.#work.close()
    const session = this.#session
    if (!session || session.closed) return
    letGo(this.#core, session)
    this.#core.presences.drop(session.view.userId, this)
  }
}

function compressionOf({ query }: Upgrade): Compression {
  const asked = query.get('compress')
  return asked === 'zlib-stream' || asked === 'zstd-stream' ? asked : undefined
}
